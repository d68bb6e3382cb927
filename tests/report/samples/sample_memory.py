"""The memory of the sample's client: four layers, an idle connection that keeps an answer, nothing that grows."""

from clientprof.model.costs.memory import FunctionBytes, Growth, LayerBytes, MemoryCosts
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer


def sample_memory() -> MemoryCosts:
    """512 in flight, 40.0 kB each, 60 % of what is held in http."""
    layers = (
        LayerBytes(Layer.APP, 500.0, 500.0, 0.0, 0.0),
        LayerBytes(Layer.API, 15_780.0, 15_790.0, 700.0, 1_200.0),
        LayerBytes(Layer.HTTP, 24_420.0, 24_430.0, 1_100.0, 0.0),
        LayerBytes(Layer.IO, -700.0, -700.0, 2_200.0, 300.0),
    )
    functions = (
        FunctionBytes(
            Layer.HTTP, "h11._connection", "Connection.__init__", "h11/_connection.py", 150, "package", 20_400.0, 14.0
        ),
        FunctionBytes(Layer.API, "httpx._models", "Headers.__init__", "httpx/_models.py", 144, "package", 650.0, 12.0),
    )
    growth = Growth(
        traced=Estimate(12.0, -30.0, 54.0, "bytes", 4),
        resident=Estimate(0.0, -80.0, 80.0, "bytes", 3),
        garbage_bytes=Estimate(7_700.0, 7_600.0, 7_800.0, "bytes", 4),
        garbage_objects=Estimate(41.3, 40.7, 42.4, "objects", 4),
        functions=functions[1:],
    )
    return MemoryCosts(
        in_flight=512,
        per_request=40_000.0,
        apart=0.012,
        alone=20_500.0,
        per_connection=4_000.0,
        per_client=1_500.0,
        sockets=100,
        idle_sockets=20,
        layers=layers,
        functions=functions,
        growth=growth,
        resident_bytes=51_400_000,
    )
