"""A history of ten versions with one change, and a machine that has too little."""

from clientprof.model.estimate import Estimate
from clientprof.model.history import By, HistoryResult, LevelChange, Machine, Trend, TrendPoint


def _point(version: int, us: float) -> TrendPoint:
    value = Estimate(us / 50, us / 52, us / 48, "x", 3)
    return TrendPoint(f"2.{version}.0", 3, value, {"pool": us * 0.5, "http": us * 0.3, "io": us * 0.2})


def sample_history() -> HistoryResult:
    """One trend of ratios that falls at 2.5.0, one of microseconds with two recordings."""
    points = tuple(_point(version, 600.0 if version < 5 else 400.0) for version in range(10))
    moved = {"pool": -100.0, "http": -60.0, "io": -40.0}
    change = LevelChange("2.4.0", "2.5.0", "2.4.0", "2.5.0", Estimate(0.667, 0.64, 0.69, "ratio", 30), 0.0005, moved)
    same = ("Python 3.11.7", "c256/1k, limit 100, asyncio")
    few = tuple(
        TrendPoint(label, 1, Estimate(us, None, None, "us", 1), {})
        for label, us in (("0.27.2", 900.0), ("0.28.1", 880.0))
    )
    return HistoryResult(
        By.VERSION,
        "2026-11-28 19:00:00 UTC",
        32,
        (Machine("here", "Linux 6.18 x86_64; a processor; 2; performance", 30), Machine("there", "another", 2)),
        (
            Trend("httpx2", "here", same, "x", "aiohttp 3.14.5", points, (change,)),
            Trend("httpx", "there", same, "us", None, few, ()),
        ),
        single=1,
        rate=0.05,
        seed=1,
        files={"page": "reports/history/trends.html"},
    )
