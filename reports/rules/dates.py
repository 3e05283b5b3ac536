"""Dates of the monthly report."""

import datetime as dt

from core.periods import add_months, month_end


def next_month(day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the month after the one a day lies in."""
    first = add_months(day.replace(day=1), 1)
    return first, month_end(first)
