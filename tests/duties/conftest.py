"""Duties as the daily run would write them."""

import datetime as dt

from core.selectors import workday_calendar
from duties.models import Duty, DutyRule
from duties.planning import deadline_of
from tests.cast import Cast


def open_rule_duty(cast: Cast, code: str, *, anchor: dt.date, subject_no: str = "C001", **fields) -> Duty:
    """An open duty of the relationship manager in S01, with the dates that its rule gives."""
    rule = DutyRule.objects.get(code=code, state="published")
    dates = deadline_of(anchor, rule.as_value(), workday_calendar())
    values = {
        "code": code,
        "clause": rule.clause,
        "subject_type": rule.subject_type,
        "subject_no": subject_no,
        "period_key": anchor.isoformat(),
        "branch": cast.branches["S01"],
        "owner": cast.rm_a,
        "rule": rule,
        "anchor_on": anchor,
        "opens_on": dates.opens_on,
        "due_on": dates.due_on,
        "provisional": dates.provisional,
    }
    return Duty.objects.create(**{**values, **fields})
