"""Two recordings of a program side by side, by hand: a call site that moved, one that is gone, a finding that came."""

from clientprof.model.programs.changes import ProgramChanges, ProgramSide, SiteChange, SiteFigures
from clientprof.model.programs.recording import Peer
from clientprof.model.results import Latency


def sample_changes() -> ProgramChanges:
    """Everything that the view can show."""
    nothing = SiteFigures(7, 0, 0.0, 0.0, Latency(None, None, None, None), 0, 1)
    latency = Latency(80.0, 120.0, 310.0, 5_004.0)
    peer = Peer("https", "an-internal-service-with-a-long-name.example.org", 8443)
    return ProgramChanges(
        program="-m uvicorn",
        before=ProgramSide("2026-11-28", 60.0, 12_000, 7, 0, 1_975.0, 134.0, "The loop is busy 93.0\u00a0% of the time."),
        after=ProgramSide("2026-11-29", 61.5, 9_100, 0, 4, None, None, "A request waits 60.0 of its 85.5 ms."),
        sites=(
            SiteChange(
                "services/payments/handlers.py", "Payments.create_or_update_everything", "httpx", peer,
                SiteFigures(41, 12_000, 200.0, 85_500.0, latency, 7, 0),
                SiteFigures(44, 9_100, 148.0, 60_000.0, latency, 0, 4),
            ),
            SiteChange("app.py", "relay", "aiohttp", None, nothing, None),
        ),
        gone=("20 connections are allowed, up to 64 requests want one at `items` (app.py:41)",),
        stayed=("requests blocks the event loop at `report` (app.py:12)",),
        new=("4 responses were never closed at `relay` (app.py:77)",),
        differences=("httpx: 0.27.2 before, 0.28.1 after",),
        cautions=("The load differed: 200.0 and 148.0 requests a second. Latency depends on it.",),
    )  # fmt: skip
