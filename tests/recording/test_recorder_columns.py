"""The recorder keeps what was appended, whatever the rounds, and a group's columns stay level."""

from array import array

from clientprof.recording.recorder import Recorder


def test_settling_keeps_the_order_and_the_list_object() -> None:
    recorder = Recorder()
    column = recorder.column("mark.at_ns")
    column.extend([1, 2])
    recorder.settle()
    assert column == []
    assert recorder.column("mark.at_ns") is column
    column.append(3)
    assert recorder.columns()["mark.at_ns"] == array("q", [1, 2, 3])


def test_a_row_that_failed_half_way_is_cut_and_other_groups_and_settled_rows_stay() -> None:
    recorder = Recorder()
    at, kind, other = (recorder.column(name) for name in ("mark.at_ns", "mark.kind", "marker.at_ns"))
    at.append(1)
    kind.append(1)
    recorder.settle()
    at.extend([2, 3])
    kind.append(2)
    other.append(9)
    recorder.level("mark")
    columns = recorder.columns()
    assert columns["mark.at_ns"] == columns["mark.kind"] == array("q", [1, 2])
    assert columns["marker.at_ns"] == array("q", [9])


def test_levelling_a_group_that_was_never_written_does_no_harm() -> None:
    recorder = Recorder()
    recorder.level("mark")
    assert recorder.columns() == {}


def test_what_is_discarded_is_forgotten_settled_or_not_and_the_list_object_stays() -> None:
    recorder = Recorder()
    column = recorder.column("mark.at_ns")
    column.append(1)
    recorder.settle()
    column.append(2)
    recorder.discard()
    assert recorder.column("mark.at_ns") is column
    column.append(3)
    assert recorder.columns()["mark.at_ns"] == array("q", [3])
