"""OpenTelemetry's protocol: exchanges as spans, into a file or to an endpoint. Needs the extra ``otel``, imported late.

``spans`` builds them, ``files`` and ``endpoint`` say where they go; a new place is one more file here.
"""
