"""Duties and customers for the tests of the work pages."""

import datetime as dt
from typing import Any

from core.models import BusinessDate
from duties.models import Duty
from tests.builders import build_borrower, build_loan
from tests.cast import Cast

# A Wednesday; the week ends on Sunday the 7th.
TODAY = dt.date(2026, 6, 3)


def start(today: dt.date = TODAY) -> None:
    """The bank works on a date, live since the 1st."""
    BusinessDate.objects.update_or_create(
        pk=1, defaults={"current": today, "started_on": dt.date(2026, 6, 1)}
    )


def open_duty(cast: Cast, due: str, *, code: str = "REPORT_QUARTER", no: str = "C-A", **fields: Any) -> Duty:
    """An open duty of the relationship manager in S01 with a deadline of its own."""
    on = dt.date.fromisoformat(due)
    values = {
        "code": code,
        "clause": "INS-3/5",
        "subject_type": "borrower",
        "subject_no": no,
        "borrower_no": no,
        "period_key": due,
        "branch": cast.branches["S01"],
        "owner": cast.rm_a,
        "anchor_on": on - dt.timedelta(days=15),
        "opens_on": dt.date(2026, 6, 1),
        "due_on": on,
    }
    return Duty.objects.create(**{**values, **fields})


def customer(
    cast: Cast, no: str = "C-A", name: str = "Anshan Bearings", loan_no: str = "L-A", **fields: Any
) -> Any:
    """A borrower of S01 with one running loan; returns the loan."""
    borrower = build_borrower(no, cast.branches["S01"], cast.rm_a, name=name)
    return build_loan(loan_no, borrower, disbursed="2026-01-05", matures="2027-01-05", **fields)
