"""What niquests' blocking and asynchronous sessions have in common: the layers of its modules and of urllib3-future's,
and names that differ between versions."""

from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.probes.observation_points import MarkSpec


def fork(target: str) -> str:
    """A target in urllib3-future: under urllib3's name where it is alone, under its own beside urllib3."""
    return f"urllib3.{target} | urllib3_future.{target}"


# The connection's own getresponse reads the body too, unless the program wants to read it.
FORK_HEADERS = fork("backend.hface:HfaceBackend.getresponse")
# The pool has the connection back with the headers, to share it; the response lets go of it when its body has been read.
FORK_DONE = MarkSpec(fork("response:HTTPResponse.release_conn"), enter=Mark.DONE, leave=Mark.RELEASED)


def async_session(method: str) -> str:
    """A method of the asynchronous session, whose module had another name until niquests 3.13."""
    return f"niquests.async_session:AsyncSession.{method} | niquests._async:AsyncSession.{method}"


NIQUESTS_LAYERS: dict[str, Layer] = {
    "niquests": Layer.API,
    **{
        f"{root}{module}": layer
        for root in ("urllib3", "urllib3_future")
        for module, layer in {
            "": Layer.API,
            "._async.connection": Layer.HTTP,
            ".connection": Layer.HTTP,
            ".connectionpool": Layer.POOL,
            ".poolmanager": Layer.POOL,
            "._async.connectionpool": Layer.POOL,
            "._async.poolmanager": Layer.POOL,
            "._async.response": Layer.HTTP,
            ".backend": Layer.HTTP,
            ".contrib.hface": Layer.HTTP,
            ".contrib.resolver": Layer.CONNECT,
            ".contrib.ssa": Layer.IO,
            ".response": Layer.HTTP,
            ".util._async.traffic_police": Layer.POOL,
            ".util._async.ssl_": Layer.TLS,
            ".util.ssl_": Layer.TLS,
            ".util.traffic_police": Layer.POOL,
        }.items()
    },
    "h11": Layer.HTTP,
    "jh2": Layer.HTTP,
    "qh3": Layer.HTTP,
    "wassima": Layer.TLS,
    "charset_normalizer": Layer.DECODE,
}
