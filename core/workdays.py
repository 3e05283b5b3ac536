"""Working-day arithmetic over the State Council calendar (domain rules CAL-1 to CAL-5).

The calendar is kept as its *exceptions* to Monday-Friday: statutory leave on a weekday and
make-up work on a weekend. Between two exceptions the count of working days is plain
arithmetic, so every question is answered by one or two binary searches, however far away
the date, and years without rows need no special path.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Self

ROLLS = ("keep", "next", "previous")


@dataclass(frozen=True)
class WorkdayCalendar:
    """Which dates are working days, as an immutable value that can be compared and shared.

    `exceptions` are the confirmed dates that differ from Monday-Friday; `confirmed_years`
    the years that have confirmed rows. Build it with `from_rows`.
    """

    exceptions: frozenset[date] = frozenset()
    confirmed_years: frozenset[int] = frozenset()

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[date, bool, bool]]) -> Self:
        """The calendar told by rows of (date, is_workday, confirmed).

        Unconfirmed rows are a forecast: they wait until somebody confirms them, and a year
        that has nothing else runs on Monday-Friday and is provisional (CAL-1).
        """
        confirmed = [(day, is_workday) for day, is_workday, is_confirmed in rows if is_confirmed]
        return cls(
            exceptions=frozenset(day for day, is_workday in confirmed if is_workday != _is_weekday(day)),
            confirmed_years=frozenset(day.year for day, _ in confirmed),
        )

    def is_workday(self, day: date) -> bool:
        """Whether the day is a working day, make-up days included (CAL-1)."""
        return _is_weekday(day) != (day in self.exceptions)

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th working day after the day, before it for a negative n (CAL-2, CAL-3).

        The given day is day 0 whether or not it is a working day; n = 0 gives it back.
        """
        if n > 0:
            return self._nth(self._count(day.toordinal()) + n)
        if n < 0:
            return self._nth(self._count(day.toordinal() - 1) + n + 1)
        return day

    def next_workday(self, day: date) -> date:
        """The day itself if it is a working day, else the first one after it."""
        return day if self.is_workday(day) else self.add_workdays(day, 1)

    def previous_workday(self, day: date) -> date:
        """The day itself if it is a working day, else the last one before it."""
        return day if self.is_workday(day) else self.add_workdays(day, -1)

    def workdays_between(self, after: date, until: date) -> int:
        """How many working days lie in after < day <= until; negative when until is earlier."""
        return self._count(until.toordinal()) - self._count(after.toordinal())

    def roll(self, day: date, roll: str) -> date:
        """Move a day off to the working day beside it, or keep it (CAL-4, CAL-5)."""
        if roll == "next":
            return self.next_workday(day)
        if roll == "previous":
            return self.previous_workday(day)
        return day

    def is_provisional(self, *days: date | None) -> bool:
        """Whether a date lies in a year without confirmed rows, so that it may still move."""
        return any(day is not None and day.year not in self.confirmed_years for day in days)

    def _count(self, ordinal: int) -> int:
        """Working days from the first day of the calendar up to and including the ordinal."""
        return _weekdays_until(ordinal) + self._shifts[bisect_right(self._ordinals, ordinal)]

    def _nth(self, n: int) -> date:
        """The n-th working day of all time: the first day at which `_count` reaches n."""
        # All exceptions before index i lie before the answer; none lies between them and it.
        i = bisect_left(self._counts, n)
        ordinal = _nth_weekday(n - self._shifts[i])
        if i < len(self._ordinals):
            ordinal = min(ordinal, self._ordinals[i])
        return date.fromordinal(ordinal)

    @cached_property
    def _ordinals(self) -> list[int]:
        return sorted(day.toordinal() for day in self.exceptions)

    @cached_property
    def _shifts(self) -> list[int]:
        """Index i: working days gained less days lost by the first i exceptions."""
        gains = (-1 if _is_weekday(date.fromordinal(ordinal)) else 1 for ordinal in self._ordinals)
        return list(accumulate(gains, initial=0))

    @cached_property
    def _counts(self) -> list[int]:
        return [self._count(ordinal) for ordinal in self._ordinals]


def _is_weekday(day: date) -> bool:
    return day.weekday() < 5


def _weekdays_until(ordinal: int) -> int:
    # Ordinal 1 (0001-01-01) is a Monday, so whole weeks divide evenly.
    weeks, days = divmod(ordinal, 7)
    return 5 * weeks + min(days, 5)


def _nth_weekday(n: int) -> int:
    weeks, days = divmod(n - 1, 5)
    return 7 * weeks + days + 1
