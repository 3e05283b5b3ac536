"""The only place that asks the machine for the time (ruff bans the calls elsewhere).

Rules and services never call it for "today": they get the business date as an argument.
"""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


_told: ContextVar[dt.datetime | None] = ContextVar("told", default=None)


def now() -> dt.datetime:
    """The instant, aware, in UTC."""
    return _told.get() or timezone.now()


@contextmanager
def telling(on: dt.date, minutes: int) -> Iterator[None]:
    """Inside, it is so many minutes after midnight of that day at the bank: for a past that is told again."""
    midnight = dt.datetime.combine(on, dt.time(), SHANGHAI).astimezone(dt.UTC)
    token = _told.set(midnight + dt.timedelta(minutes=minutes))
    try:
        yield
    finally:
        _told.reset(token)


def today() -> dt.date:
    """The calendar date at the bank (Asia/Shanghai)."""
    return now().astimezone(SHANGHAI).date()


def local_date(instant: dt.datetime) -> dt.date:
    """The bank's calendar date of an aware ``instant`` (CAL-10: compare by local date)."""
    return instant.astimezone(SHANGHAI).date()


def stopwatch() -> float:
    """Seconds of a monotonic clock, for measuring how long something took."""
    return time.perf_counter()


def seconds_ago(seconds: float) -> dt.datetime:
    """The instant so many seconds ago."""
    return now() - dt.timedelta(seconds=seconds)
