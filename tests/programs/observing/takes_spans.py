"""An OTLP endpoint: ``takes_spans.py FILE ANSWER``. Prints its port; writes how many spans came, by a line for each request.

ANSWER is a status code, or ``never``: then nobody is answered.
"""

import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

FILE, ANSWER = sys.argv[1:]


class Takes(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        message = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
        spans = [span for resource in message.resource_spans for scope in resource.scope_spans for span in scope.spans]
        with open(FILE, "a") as file:
            print(self.path, len(spans), file=file)
        if ANSWER == "never":
            time.sleep(60)
        self.send_response(int(ANSWER))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


with HTTPServer(("127.0.0.1", 0), Takes) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
