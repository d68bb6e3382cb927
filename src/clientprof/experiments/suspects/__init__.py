"""The catalogue of suspects: one file each, one row here. A new suspect is a file with ``SUSPECT`` and its row."""

from clientprof.experiments.suspects import sniffio_missing
from clientprof.experiments.suspects.suspect import Suspect

SUSPECTS: dict[str, Suspect] = {
    suspect.id: suspect
    for suspect in (
        sniffio_missing.SUSPECT,
    )
}  # fmt: skip
