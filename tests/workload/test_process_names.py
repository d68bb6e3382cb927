"""A process is called by what the interpreter runs, and never by an option of that."""

import pytest

from clientprof.workload.programs.process_names import module_of, name_of


@pytest.mark.parametrize(
    ("words", "name", "module"),
    [
        ("python app.py", "app.py", None),
        ("/venv/bin/python /srv/app.py --port 1", "app.py", None),
        ("python -W default -X dev app.py", "app.py", None),
        ("python -Wdefault -Xdev -u app.py", "app.py", None),
        ("python --check-hash-based-pycs never app.py", "app.py", None),
        ("python -m shop.api -m other", "-m shop.api", "shop.api"),
        ("python -Im shop.api", "-m shop.api", "shop.api"),
        ("python -umshop.api", "-m shop.api", "shop.api"),
        # The program's own options.
        ("python /venv/bin/gunicorn -c gunicorn.conf.py app:app", "gunicorn", None),
        ("python /venv/bin/celery -A shop -m 7", "celery", None),
        ("python -c print()", "-c", None),
        ("python -uc print()", "-c", None),
        ("python -", "-", None),
        ("python", "python", None),
        ("", "", None),
    ],
)
def test_the_name_is_that_of_the_script_or_the_module(words: str, name: str, module: str | None) -> None:
    assert (name_of(words.split()), module_of(words.split())) == (name, module)


def test_what_multiprocessing_starts_is_told_apart() -> None:
    text = "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5)"
    assert name_of(["python", "-B", "-c", text]) == "multiprocessing.spawn"
