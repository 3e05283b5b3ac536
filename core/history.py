"""Values with effective dates: the newest entry not after a day is in force on it."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

T = TypeVar("T")

History = Sequence[tuple[date, T]]
"""Entries of (effective from, value), oldest first and never empty."""


def value_on(history: History[T], day: date) -> T:
    """The value in force on a day; before the first entry, the first one's."""
    return history[max(bisect_right(history, day, key=lambda entry: entry[0]) - 1, 0)][1]
