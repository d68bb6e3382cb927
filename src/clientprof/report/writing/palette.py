"""One colour per layer, phase and state, the same in every picture of the page and on the terminal.

The layer colours keep a CIE Lab distance of at least 13 from one another, for normal sight and for simulated
deuteranopia and protanopia (Machado et al. 2009). No picture tells things apart by colour alone: names stand beside.
"""

from clientprof.model.layers import Layer
from clientprof.model.phases import Phase, State
from clientprof.report.writing.markup import Html

DARK_INK = "#101418"
LIGHT_INK = "#ffffff"

LAYER_COLOUR: dict[Layer, str] = {
    Layer.APP: "#4f6470",
    Layer.API: "#e08214",
    Layer.POOL: "#d8574b",
    Layer.CONNECT: "#764800",
    Layer.TLS: "#b06fc0",
    Layer.HTTP: "#1257b8",
    Layer.IO: "#8fb4f5",
    Layer.CONCURRENCY: "#0d9780",
    Layer.DECODE: "#ffc800",
    Layer.LOOP: "#8a74f0",
    Layer.IMPORT: "#9c0044",
    Layer.GC: "#e3d08a",
    Layer.PROFILER: "#cfd6da",
    Layer.OTHER: "#9aa6ae",
}

# A phase about the same subject as a layer has the layer's colour; waiting for somebody else is grey.
PHASE_COLOUR: dict[Phase, str] = {
    Phase.PREPARE: LAYER_COLOUR[Layer.API],
    Phase.POOL: LAYER_COLOUR[Layer.POOL],
    Phase.DNS: "#b98a4e",
    Phase.CONNECT: LAYER_COLOUR[Layer.CONNECT],
    Phase.TLS: LAYER_COLOUR[Layer.TLS],
    Phase.H2_SETUP: "#6b3f78",
    Phase.SEND: LAYER_COLOUR[Layer.IO],
    Phase.UPLINK: "#c3ccd2",
    Phase.SERVER: "#6f7d87",
    Phase.DOWNLINK: "#a3afb7",
    Phase.WAIT: "#87949d",
    Phase.LOOP: LAYER_COLOUR[Layer.LOOP],
    Phase.HEADERS: LAYER_COLOUR[Layer.HTTP],
    Phase.BODY: LAYER_COLOUR[Layer.DECODE],
    Phase.STREAM: "#9fb8a6",
    Phase.RELEASE: "#e2a59f",
    Phase.UNATTRIBUTED: "#dfe4e8",
}

STATE_COLOUR: dict[State, str] = {
    State.RUNNING: "#1257b8",
    State.READY: "#e08214",
    State.WAITING: "#a3afb7",
}

# From much cheaper to much dearer: blue and orange, told apart with every common colour blindness; 0 is no difference shown.
DIFFERENCE_COLOUR: dict[int, str] = {
    -3: "#1f5fb5",
    -2: "#6f9de0",
    -1: "#b5cdf0",
    0: "#c3c9ce",
    1: "#f6c9a0",
    2: "#e58a3c",
    3: "#a94700",
}

# Lines of several clients in one chart: at least 3:1 on both papers; names stand at the lines' ends.
CLIENT_COLOURS = ("#2f74d0", "#c9660f", "#0d9780", "#b06fc0", "#7d8790")

# On these the dark ink has less contrast than the light one.
_DEEP = frozenset({Layer.APP, Layer.CONNECT, Layer.HTTP, Layer.IMPORT})


def layer_ink(layer: Layer) -> str:
    """The colour for text on the layer's colour, with a contrast of at least 4.5 (WCAG 2 AA)."""
    return LIGHT_INK if layer in _DEEP else DARK_INK


def custom_properties() -> Html:
    """The colours as CSS custom properties, such as ``--layer-pool``, ``--layer-pool-ink``, ``--phase-pool``."""
    lines = [
        f"--layer-{layer}:{colour};--layer-{layer}-ink:{layer_ink(layer)};" for layer, colour in LAYER_COLOUR.items()
    ]
    lines += [f"--phase-{phase}:{colour};" for phase, colour in PHASE_COLOUR.items()]
    lines += [f"--state-{state}:{colour};" for state, colour in STATE_COLOUR.items()]
    lines += [f"--client-{number}:{colour};" for number, colour in enumerate(CLIENT_COLOURS)]
    for tone, colour in DIFFERENCE_COLOUR.items():
        ink = LIGHT_INK if abs(tone) == 3 else DARK_INK
        lines.append(f"--tone-{tone + 3}:{colour};--tone-{tone + 3}-ink:{ink};")
    return Html(":root{" + "".join(lines) + "}")
