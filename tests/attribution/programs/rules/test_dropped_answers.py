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


def test_errors_of_many_hosts_with_a_few_requests_each_are_told_together() -> None:
    made = [Made(20 * n, 20 * n + 10, returned=20 * n + 10, peer=1 + n % 30, status=429) for n in range(90)]
    result = Program(made, end=2000).result()
    (finding,) = (each for each in result.findings if each.id == "error-answers")
    assert "of the answers of 30 hosts at `asks` (app.py:7) are errors: 429 90 times" in finding.title
    assert finding.claim.startswith("The server answered 90 of 90 requests so")
