"""The only place that asks the machine for the time (ruff bans the calls elsewhere).

Rules and services never call it for "today": they get the business date as an argument.
"""

import datetime as dt
import time
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """The instant, aware, in UTC."""
    return timezone.now()


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
