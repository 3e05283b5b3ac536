"""The demo's dates, all fixed: it looks alike whenever it is run."""

from datetime import date, timedelta
from itertools import pairwise

import chinese_calendar

from core.periods import add_months, month_end

SUNDAY = 7
FIRST_DELIVERY = date(2025, 7, 14)
"""The day of the first, full delivery: the bank goes live on it."""
DAILY_SINCE = date(2026, 6, 15)
"""From here on a delivery comes every day; the year before is told in weeks, or loading would take long."""
BUSINESS_DATE = date(2026, 7, 20)
"""A Monday, the day before the reports of the second quarter and the half-year are due."""
LAST_DELIVERY = BUSINESS_DATE - timedelta(days=1)
"""The last day that the demo closes."""
HORIZON = date(2026, 7, 24)
"""The core system's story goes on to this day; its later deliveries wait to be uploaded by hand."""


def day(offset: int) -> date:
    """The date so many days after the demo's business date, before it if negative."""
    return BUSINESS_DATE + timedelta(days=offset)


def days(first: date, last: date) -> list[date]:
    """Every date from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def delivery_days() -> list[date]:
    """The dates of the deliveries: Sundays at first, then every day."""
    daily = days(DAILY_SINCE, HORIZON)
    weekly = [on for on in days(FIRST_DELIVERY, DAILY_SINCE)[1:-1] if on.isoweekday() == SUNDAY]
    return [FIRST_DELIVERY, *weekly, *daily]


def working_day(on: date) -> date:
    """The date itself if banks work on it, else the next one on which they do."""
    while not chinese_calendar.is_workday(on):
        on += timedelta(days=1)
    return on


def month_ends(first: date, last: date) -> list[date]:
    """The last days of the months from that of the first date on, up to the last date."""
    months = (last.year - first.year) * 12 + last.month - first.month
    ends = (month_end(add_months(first, n)) for n in range(months + 1))
    return [end for end in ends if end <= last]


def weeks(first: date, last: date) -> list[tuple[date, date]]:
    """The time between two dates in pieces of a week, as (after, until); the rest is left off."""
    return list(pairwise(days(first, last)[::7]))
