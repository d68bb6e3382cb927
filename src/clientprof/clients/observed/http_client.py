"""Where the standard library's http.client is observed, alone and below urllib3, urllib.request and httplib2."""

from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.probes.observation_points import BoundarySpec, MarkSpec

_CONNECTION, _RESPONSE = "http.client:HTTPConnection", "http.client:HTTPResponse"

HTTP_CLIENT_SEND = BoundarySpec(f"{_CONNECTION}.send", Layer.IO)
# The only function in which headers are read and nothing else, whoever asks for the response.
HTTP_CLIENT_HEADERS = MarkSpec(f"{_RESPONSE}.begin", leave=Mark.HEADERS)
HTTP_CLIENT_BOUNDARIES = (
    BoundarySpec(f"{_CONNECTION}.connect", Layer.CONNECT),
    BoundarySpec("http.client:HTTPSConnection.connect", Layer.CONNECT, optional=True),
    BoundarySpec(f"{_CONNECTION}.putrequest", Layer.HTTP),
    BoundarySpec(f"{_CONNECTION}.endheaders", Layer.HTTP),
    BoundarySpec(f"{_CONNECTION}.getresponse", Layer.HTTP),
    HTTP_CLIENT_SEND,
    *(BoundarySpec(f"{_RESPONSE}.{name}", Layer.HTTP) for name in ("read", "read1", "readinto", "readline")),
)
OPENER_BOUNDARIES = (
    BoundarySpec("urllib.request:OpenerDirector.open", Layer.API),
    BoundarySpec("urllib.request:AbstractHTTPHandler.do_open", Layer.HTTP),
)
HTTPLIB2_BOUNDARIES = (BoundarySpec("httplib2:Http.request", Layer.API),)
HTTPLIB2_LAYERS: dict[str, Layer] = {"httplib2": Layer.HTTP, "httplib2.auth": Layer.API, "httplib2.iri2uri": Layer.API}
