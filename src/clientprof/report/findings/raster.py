"""The same chart as a PNG, written by hand (PNG specification, 3rd edition): for places that show no SVG.

Letters come from a font of 3 by 5 cells, drawn twice as large; what it lacks is a blank.
"""

import struct
import zlib

from clientprof.report.findings.layer_chart import INK, PAPER, WIDTH, Chart

_SCALE = 2
_BAR = 14
# Five rows of three cells for each letter, the upper left cell is the highest bit.
_FONT = {
    "A": 0o25755, "B": 0o65656, "C": 0o34443, "D": 0o65556, "E": 0o74647, "F": 0o74644, "G": 0o34553, "H": 0o55755,
    "I": 0o72227, "J": 0o11152, "K": 0o55655, "L": 0o44447, "M": 0o57755, "N": 0o65555, "O": 0o25552, "P": 0o65644,
    "Q": 0o25563, "R": 0o65655, "S": 0o34216, "T": 0o72222, "U": 0o55557, "V": 0o55552, "W": 0o55775, "X": 0o55255,
    "Y": 0o55222, "Z": 0o71247, "0": 0o75557, "1": 0o26227, "2": 0o61247, "3": 0o61216, "4": 0o55711, "5": 0o74616,
    "6": 0o34757, "7": 0o71222, "8": 0o75757, "9": 0o75716, ".": 0o00002, ",": 0o00024, ":": 0o02020, "-": 0o00700,
    "=": 0o07070, "+": 0o02720, "_": 0o00007, "/": 0o11244, "<": 0o12421, ">": 0o42124, "[": 0o64446, "]": 0o31113,
}  # fmt: skip


def to_png(chart: Chart) -> bytes:
    """The chart as PNG, 8 bits a channel, no transparency."""
    paper = bytes.fromhex(PAPER[1:])
    rows = [bytearray(paper * WIDTH) for _ in range(chart.height)]
    _write(rows, chart.title, 12, 14)
    for bar in chart.bars:
        _fill(rows, chart.left, bar.y, bar.width, _BAR, bar.colour)
        _write(rows, bar.label, chart.left - 8 - 4 * _SCALE * len(bar.label), bar.y + 2)
        _write(rows, bar.value, chart.left + bar.width + 6, bar.y + 2)
    # Each row begins with its filter, 0: none.
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    size = struct.pack(">IIBBBBB", WIDTH, chart.height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", size) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _fill(rows: list[bytearray], x: int, y: int, width: int, height: int, colour: str) -> None:
    """A rectangle, cut where it leaves the picture."""
    left, right = max(0, x), min(WIDTH, x + width)
    for row in rows[max(0, y) : y + height]:
        if right > left:
            row[3 * left : 3 * right] = bytes.fromhex(colour[1:]) * (right - left)


def _write(rows: list[bytearray], text: str, x: int, y: int) -> None:
    for index, letter in enumerate(text.upper()):
        cells = _FONT.get(letter, 0)
        for cell in range(15):
            if cells >> (14 - cell) & 1:
                left = x + (index * 4 + cell % 3) * _SCALE
                _fill(rows, left, y + cell // 3 * _SCALE, _SCALE, _SCALE, INK)
