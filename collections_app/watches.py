"""How a rule watches contract dates: which dates a run looks at, and the duties that open on them.

Every duty here hangs on a *contract date* of a loan: its maturity, an interest date, an instalment's due
date, a repayment. What is *ahead* (notices, reminders, checks) opens by the calendar alone; what is *judged*
(letters, breach reports, legal dates) opens for what was unpaid at the close of that date, and only as far as
the newest complete delivery tells. On a normal day a rule looks at the few contract dates that open since the
last run, over the whole book by an index on the date, and at every date of the loans in play; on the first
run it sweeps the book.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Cast, Greatest

from collections_app.rules import DEFAULT_READINGS, NoticeReadings, effective_due
from duties.models import Duty
from duties.planning import (
    ONE_DAY,
    Deadline,
    Opening,
    RunContext,
    anchor_case,
    date,
    deadline_of,
    explain,
    opening,
    owner_of,
)
from duties.rules import Rule
from loans.models import LoanChange

Rows = Callable[[Any], QuerySet[Any]]
"""Rows that owe the duty, given the date by whose close the debt had to be paid."""

DAYS_OF_UNIT = {"calendar_day": 1, "workday": 2, "month": 31}
LONGEST_HOLIDAY = dt.timedelta(days=30)
"""By how much, generously, holidays and shifts stretch a deadline counted in working days."""


@dataclass(frozen=True)
class DueDate(Deadline):
    """A contract date (``anchor_on``) with its deadline, and the day from which that was counted."""

    counted_from: dt.date


@dataclass(frozen=True)
class Window:
    """Which contract dates of a rule a run looks at.

    ``new``: those whose duties exist after this run, and did not after the last one. Of the loans in play
    every date from ``low`` to ``high`` counts that is ``reached``; on a sweep, when there was no last run,
    every such date of the book.
    """

    counting: "Counting"
    new: list[DueDate]
    low: dt.date
    high: dt.date
    reached: Callable[[DueDate], bool]
    sweeps: bool

    @property
    def rule(self) -> Rule:
        return self.counting.rule

    @property
    def context(self) -> RunContext:
        return self.counting.context

    def among(self, dates: Iterable[dt.date]) -> list[DueDate]:
        """Those of the contract dates whose duties exist after this run."""
        return [d for d in map(self.counting.due_date, sorted(dates)) if self.reached(d)]

    @property
    def paid_by(self) -> Any:
        """When the debt of a date had to be paid, where it depends on the run and not on the date.

        Going live asks what is unpaid then, not what was paid late before.
        """
        return date(self.context.judged_until) if self.sweeps else None


@dataclass(frozen=True)
class Counting:
    """How a rule counts from a contract date under the readings in force."""

    rule: Rule
    context: RunContext
    readings: NoticeReadings

    def due_date(self, on: dt.date) -> DueDate:
        """The deadline of a contract date."""
        counted_from = effective_due(on, self.context.calendar, self.readings)
        one = deadline_of(counted_from, self.rule, self.context.calendar)
        return DueDate(on, one.opens_on, one.due_on, one.provisional, counted_from)

    def due_dates(self, low: dt.date, high: dt.date) -> Iterator[DueDate]:
        """The deadlines of all dates from ``low`` to ``high``."""
        return (self.due_date(low + dt.timedelta(days=n)) for n in range((high - low).days + 1))

    @property
    def reach(self) -> dt.timedelta:
        """At least as long as from a contract date to the opening or the deadline of its duty."""
        rule = self.rule
        days = abs(rule.offset) * DAYS_OF_UNIT[rule.unit] + rule.opens_before * DAYS_OF_UNIT["workday"]
        return dt.timedelta(days=days) + LONGEST_HOLIDAY


def ahead(code: str, context: RunContext) -> Window:
    """What opens by the calendar: contract dates not over yet whose duties open by the horizon."""
    counting = Counting(context.rules[code], context, context.readings(NoticeReadings))
    low, high = context.judged_after - LONGEST_HOLIDAY, context.horizon + counting.reach

    def reached(d: DueDate) -> bool:
        return d.opens_on <= context.horizon and d.counted_from > context.judged_after

    dates = [d for d in counting.due_dates(low, high) if reached(d)]
    opened = (context.previous or context.day) + ONE_DAY
    return Window(
        counting,
        new=[d for d in dates if d.opens_on > opened],
        low=dates[0].anchor_on if dates else high,
        high=dates[-1].anchor_on if dates else low,
        reached=reached,
        sweeps=context.first,
    )


def judged(code: str, context: RunContext, *, readings: NoticeReadings | None = None) -> Window:
    """What opens by non-payment: contract dates that are over and whose payments are known.

    Days that ran without a delivery are made up once it is there. ``readings``: other than those in force.
    """
    counting = Counting(context.rules[code], context, readings or context.readings(NoticeReadings))
    after, until = context.judged_after, context.judged_until
    dates = counting.due_dates(after - LONGEST_HOLIDAY, until)
    sweeps = after < context.started_on
    return Window(
        counting,
        new=[d for d in dates if after < d.counted_from <= until],
        low=context.started_on - counting.reach,
        high=dt.date.min if sweeps and until < context.started_on else until,
        reached=lambda d: d.counted_from <= until,
        sweeps=sweeps,
    )


def in_play(context: RunContext) -> QuerySet[Any]:
    """The loans whose facts changed since the day was last closed.

    To be used by ``IN``, which both databases turn into the outer loop; a join is taken for a large table.
    """
    return LoanChange.objects.filter(context.in_branches("loan__branch"))


@dataclass(frozen=True)
class Watch:
    """A rule's rows: ``on`` is their contract date, ``loan`` leads to their loan.

    ``columns`` and ``facts`` replace or add columns of the duty and of its explanation; with ``by_expiry``
    its period is named by its deadline. ``since`` is the earliest deadline that is still opened.
    """

    window: Window
    rows: Rows
    on: str
    loan: str = "loan__"
    columns: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    by_expiry: bool = False
    since: dt.date | None = None

    def openings(self) -> Iterator[Opening]:
        """New dates over the whole book, then all dates of the loans in play; or a sweep over all dates."""
        window = self.window
        if window.high < window.low:
            return
        if not window.sweeps and window.new:
            yield self._opening(self.rows, window.new)
        if not window.sweeps and not in_play(window.context).exists():
            return
        known = self._unopened(window.paid_by or F(self.on))
        dates = window.among(known.values_list(self.on, flat=True).distinct())
        if dates:
            yield self._opening(self._unopened, dates)

    def _unopened(self, paid_by: Any) -> QuerySet[Any]:
        """Rows of the loans in play (on a sweep: of all) that have no such duty."""
        window = self.window
        known: dict[str, Any] = {f"{self.on}__range": (window.low, window.high)}
        if not window.sweeps:
            known[f"{self.loan}pk__in"] = in_play(window.context).values("loan")
        columns = self._naming()
        rows = self.rows(paid_by).alias(**{f"duty_{name}": columns[name] for name in self._same(columns)})
        same = {name: OuterRef(f"duty_{name}") for name in self._same(columns)}
        opened = Duty.objects.filter(code=window.rule.code, **same)
        return rows.filter(~Exists(opened), **known).order_by()

    def _same(self, columns: Mapping[str, Any]) -> list[str]:
        """The columns by which a duty is known to be open already."""
        if not self.by_expiry:
            return ["subject_no", "period_key"]
        return ["subject_no", "anchor_on", *(["due_on"] if "due_on" in columns else [])]

    def _opening(self, rows: Rows, dates: list[DueDate]) -> Opening:
        paid_by = self.window.paid_by or anchor_case(self.on, dates, "counted_from")
        columns = self._dating(dates) | self._naming()
        if self.by_expiry:
            columns["period_key"] = iso(columns["due_on"])
        source = rows(paid_by).filter(**{f"{self.on}__in": [d.anchor_on for d in dates]})
        source = source.alias(duty_due=columns["due_on"])
        since = self.since or self.window.context.started_on
        return opening(self.window.rule, source.filter(duty_due__gte=since), **columns)

    def _naming(self) -> dict[str, Any]:
        rule, loan = self.window.rule, self.loan
        return {
            "subject_no": F(f"{loan}loan_no"),
            "period_key": iso(F(self.on)),
            "loans": F(f"{loan}loan_no"),
            "borrower_no": F(f"{loan}borrower__borrower_no"),
            "branch": F(f"{loan}branch"),
            "owner": owner_of(rule, branch=f"{loan}branch", officer=f"{loan}officer"),
            "anchor_on": F(self.on),
            "explanation": explain(rule, **self.facts, **_reading(self.window.counting.readings)),
            **self.columns,
        }

    def _dating(self, dates: list[DueDate]) -> dict[str, Any]:
        """Nothing about a loan opens or falls due before its disbursement (RPY-1: term under a month)."""
        disbursed = F(f"{self.loan}disbursed_on")
        return {
            "opens_on": Greatest(anchor_case(self.on, dates, "opens_on"), disbursed),
            "due_on": Greatest(anchor_case(self.on, dates, "due_on"), disbursed),
            "provisional": anchor_case(self.on, dates, "provisional"),
        }


def _reading(readings: NoticeReadings) -> dict[str, str]:
    """Why a deadline is not counted from the contract date, for the explanation."""
    shift = readings.due_on_non_workday
    return {} if shift == DEFAULT_READINGS.due_on_non_workday else {"reading": f"due_on_non_workday={shift}"}


def iso(date_expression: Any) -> Cast:
    """A date as text, ``2026-05-31`` on either database."""
    return Cast(date_expression, CharField())
