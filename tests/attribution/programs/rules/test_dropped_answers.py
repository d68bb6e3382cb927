"""Error answers that are dropped unread, as some retries drop those of the attempts that they repeat, are counted."""

from programs_by_hand import Made, Program


def test_error_answers_that_were_dropped_unread_are_told() -> None:
    made = []
    for number in range(100):
        at = 20 * number
        fails = number % 4 == 0
        made.append(
            Made(at, 0, returned=at + 10, dropped=at + 12, status=503) if fails else Made(at, at + 10, returned=at + 10)
        )
    result = Program(made, end=2000).result()
    (finding,) = (each for each in result.findings if each.id == "error-answers")
    assert "503 25 times" in finding.title
    assert finding.claim.startswith("The server answered 25 of 100 requests so, after 10.0 ms each.")
