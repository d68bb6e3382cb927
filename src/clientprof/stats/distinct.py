"""The distinct values of a column. numpy 2.3 to 2.4 look for them with a hash table, which takes up to 70 times as long as
sorting where most values are different, as times are (``findings/numpy-unique-of-distinct-values.sh``)."""

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def distinct(values: Integers) -> Integers:
    """The values in order, each once."""
    ordered = np.sort(values)
    new = np.ones(len(ordered), dtype=np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    found: Integers = ordered[new]
    return found
