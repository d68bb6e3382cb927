"""Code that stands still is a block of the loop; a loop in C that stands still waits for its sockets."""

from array import array

from clientprof.attribution.costs.sampled_time import sampled_time
from clientprof.attribution.waits.blocked import blocked_in
from clientprof.model.run import RoundKind
from clientprof.model.samples import CodeLocation
from recordings import code, rounds, run_of, sampled

MS = 1_000_000
NAP = code("app", "nap", "app")
C_CODE = CodeLocation(
    "uvloop.loop", "C code between callbacks", "uvloop/loop.cpython-311-x86_64-linux-gnu.so", 1, "package"
)


def test_who_stands_still_is_named_unless_that_is_the_c_code_of_a_loop() -> None:
    codes, found = sampled([[NAP], [C_CODE]], [(number * MS, 0, number % 2) for number in range(1, 200)])
    found["sample.weight_ns"] = array("q", [number % 3 * MS for number in range(1, 200)])
    found["sample.off_ns"] = array("q", [MS if number % 3 == 0 else 0 for number in range(1, 200)])
    run = run_of({**rounds((RoundKind.MEASURED, 0, 100, 0, 200 * MS)), **found}, codes=codes)
    time = sampled_time(run)
    assert time is not None
    (row,) = blocked_in(time)
    assert (row.module, row.function) == ("app", "nap")
    # Of 66 samples that stood still half did in each, of a millisecond; 100 requests.
    assert row.us_per_request.value == 330.0
