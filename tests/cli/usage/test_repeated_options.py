"""An option that is repeated: lists add up, the same value again is no mistake."""

from clientprof.cli.arguments.command_parser import parser_of


def test_lists_add_up() -> None:
    assert parser_of("trace").parse_args(["--lens", "control,count", "--lens", "sample"]).lens == "control,count,sample"
    assert parser_of("sweep").parse_args(["-n", "8,16", "-n", "32"]).numbers == "8,16,32"
    assert parser_of("selfcheck").parse_args(["--only", "verdicts", "--only", "waits"]).only == "verdicts,waits"


def test_a_parser_forgets_what_it_parsed_before() -> None:
    parser = parser_of("trace")
    assert parser.parse_args(["--client", "httpx", "--lens", "count"]).lens == "count"
    again = parser.parse_args(["--client", "aiohttp", "--lens", "sample"])
    assert (again.client, again.lens) == ("aiohttp", "sample")


def test_of_other_options_the_last_one_holds_so_that_a_wrappers_can_be_changed() -> None:
    assert parser_of("compare").parse_args(["httpx", "aiohttp", "--blocks", "5", "--blocks", "7"]).blocks == 7


def test_the_same_value_again_is_no_mistake() -> None:
    assert parser_of("compare").parse_args(["httpx", "-n", "8", "aiohttp", "-n", "8"]).n == 8
