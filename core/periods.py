"""Calendar periods: months, quarters, half-years and years (domain rules CAL-4 to CAL-7)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Self

PeriodKind = Literal["month", "quarter", "half_year", "year"]

MONTHS: dict[PeriodKind, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}

KEY_PATTERN = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})|Q(?P<quarter>[1-4])|H(?P<half_year>[12]))?")


def add_months(day: date, n: int) -> date:
    """The same day-number n months later (earlier if negative), or that month's last day."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def month_end(day: date) -> date:
    """The last day of the month the day lies in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


@dataclass(frozen=True, order=True)
class Period:
    """One calendar period, from its first day to its last."""

    end: date
    start: date
    kind: PeriodKind

    @classmethod
    def ending(cls, end: date, kind: PeriodKind) -> Self:
        """The period of a kind whose last day is given (a last day is not checked)."""
        return cls(end=end, start=add_months(end.replace(day=1), 1 - MONTHS[kind]), kind=kind)

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The period with a key as `Period.key` writes it; ValueError for any other text."""
        match = KEY_PATTERN.fullmatch(key)
        if match is None:
            raise ValueError(f"not a period: {key!r}")
        year = int(match["year"])
        for kind in ("month", "quarter", "half_year"):
            if match[kind]:
                return cls.ending(month_end(date(year, int(match[kind]) * MONTHS[kind], 1)), kind)
        return cls.ending(date(year, 12, 31), "year")

    @property
    def key(self) -> str:
        """`2026-05`, `2026Q1`, `2026H1` or `2026`; keys of one kind sort by date."""
        number = self.end.month // MONTHS[self.kind]
        return (
            f"{self.end.year:04d}"
            + {
                "month": f"-{number:02d}",
                "quarter": f"Q{number}",
                "half_year": f"H{number}",
                "year": "",
            }[self.kind]
        )

    @property
    def last_month_start(self) -> date:
        """The first day of the period's last month, when its report opens."""
        return self.end.replace(day=1)

    def next(self) -> "Period":
        """The period of the same kind that follows."""
        return period_containing(self.end + timedelta(days=1), self.kind)

    def previous(self) -> "Period":
        """The period of the same kind before it."""
        return period_containing(self.start - timedelta(days=1), self.kind)

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


def period_containing(day: date, kind: PeriodKind) -> Period:
    """The period of a kind in which the day lies."""
    months = MONTHS[kind]
    last_month = (day.month + months - 1) // months * months
    return Period.ending(month_end(day.replace(month=last_month, day=1)), kind)


def period_ends(start: date, end: date, kind: PeriodKind) -> list[Period]:
    """The periods of a kind whose last day lies in start..end, oldest first."""
    periods = []
    period = period_containing(start, kind)
    while period.end <= end:
        periods.append(period)
        period = period.next()
    return periods
