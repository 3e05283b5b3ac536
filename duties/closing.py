"""Set-based closing of duties by the daily run and by services of the apps above."""

import datetime as dt
from typing import Any

from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When

from duties.enums import CloseReason, DutyState

BY_RULE = (
    CloseReason.ENDED,
    CloseReason.NO_BALANCE,
    CloseReason.EXEMPT,
    CloseReason.SCHEDULE_CHANGED,
    CloseReason.REPLACED,
)
"""Lapsed for a reason that later facts can undo; what a person closed stays closed."""


def lapse(duties: QuerySet[Any], *, on: dt.date, reason: Any, note: Any = "", gone_on: Any = None) -> int:
    """Close open duties whose reason has gone; ``missed`` when the deadline had already passed undone.

    ``on`` is the business date closed by the run (or acted on), ``reason`` a ``CloseReason`` or an expression
    that gives one. ``gone_on``, a date or an expression, is the
    date on which the reason went when it is not ``on``, as with a payment that became known later. Returns
    how many were closed.
    """
    late = Q(due_on__lt=on if gone_on is None else gone_on)
    return duties.filter(state=DutyState.OPEN).update(
        state=DutyState.LAPSED,
        closed_on=on,
        close_reason=reason,
        closing_note=note,
        missed=Case(When(late, then=Value(True)), default=Value(False), output_field=BooleanField()),
        version=F("version") + 1,
    )


def finish(
    duties: QuerySet[Any],
    *,
    on: dt.date,
    done_on: Any,
    reason: CloseReason,
    evidence: Any = "",
    note: Any = "",
) -> int:
    """Close open duties as done on ``done_on`` (a date or an expression). Returns how many were closed."""
    return duties.filter(state=DutyState.OPEN).update(
        state=DutyState.DONE,
        closed_on=on,
        done_on=done_on,
        close_reason=reason,
        evidence=evidence,
        closing_note=note,
        version=F("version") + 1,
    )


def restate(duties: QuerySet[Any], **values: Any) -> int:
    """Bring duties that the facts call for to what the facts now say: open, with these values.

    Open ones get the values, those that lapsed by rule are opened again. Returns how many were written.
    """
    standing = Q(state=DutyState.OPEN) | Q(state=DutyState.LAPSED, close_reason__in=BY_RULE)
    return _open_again(duties.filter(standing), **values)


def reopen(duties: QuerySet[Any], *, reason: CloseReason) -> int:
    """Open duties again that lapsed for ``reason``, because that was taken back. Returns how many."""
    return _open_again(duties.filter(state=DutyState.LAPSED, close_reason=reason))


def _open_again(duties: QuerySet[Any], **values: Any) -> int:
    return duties.update(
        state=DutyState.OPEN,
        closed_on=None,
        close_reason="",
        closing_note="",
        missed=False,
        version=F("version") + 1,
        **values,
    )
