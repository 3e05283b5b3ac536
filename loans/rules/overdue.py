"""Days past due, bucket and minimum class of one due date (domain rules 2.1, 3.5, 3.6)."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from loans.rules.classes import FloorStep, minimum_class

BUCKETS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+")
BUCKET_DAYS = (0, 30, 60, 90, 120, 150, 180)
"""The last day past due that still belongs to each bucket; the last bucket is open."""


@dataclass(frozen=True)
class Overdue:
    """How long something is overdue and what follows from it."""

    days: int
    bucket: str
    minimum_class: str


def days_past_due(due: date | None, as_of: date) -> int:
    """Calendar days from the oldest unpaid due date: 0 on the day itself, 1 on the next."""
    return max((as_of - due).days, 0) if due else 0


def bucket(days: int) -> str:
    """M0 for none, M1 for 1-30 days, in steps of 30 to M6, then M6+."""
    return BUCKETS[bisect_left(BUCKET_DAYS, days)]


def overdue_class(
    due: date | None, as_of: date, floors: Iterable[FloorStep], *, technical: bool = False
) -> Overdue:
    """The overdue state whose oldest unpaid due date is `due` (None: nothing unpaid)."""
    days = days_past_due(due, as_of)
    return Overdue(days, bucket(days), minimum_class(days, floors, technical=technical))
