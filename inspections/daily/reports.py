"""Plans for inspection reports (INS-2 to INS-8): one per borrower and period end.

A report opens on the first day of its period's last month, foreseen from the class and regime in force.
Until its deadline the borrowers with a loan in play are looked at again, so that a tightening, a settlement
or a corrected fact changes what is owed.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateField,
    F,
    IntegerField,
    JSONField,
    Q,
    Value,
    When,
)

from duties.enums import CloseReason
from duties.planning import ONE_DAY, Opening, RunContext, date, explain, opening, owner_of, planner, text
from inspections.daily.owed import RANKS, ReportDay, report_days
from inspections.daily.replan import Plan, anything_in_play, loans_beside_those_in_play
from inspections.models import BorrowerReport
from inspections.rules import InspectionReadings, ReportWindow, planned_visit, report_windows
from loans.models import Loan

NOTHING_OWED = Case(
    When(standing=0, then=Value(CloseReason.ENDED)),
    When(exempt__gt=0, then=Value(CloseReason.EXEMPT)),
    default=Value(CloseReason.SCHEDULE_CHANGED),
    output_field=CharField(),
)


@planner("reports")
def plan_reports(context: RunContext) -> Iterator[Opening]:
    """Reports that open with the coming day, for the whole book; on the first run all that have opened."""
    for at in _report_days(context):
        if _opens_now(at):
            yield _plan(at, whole_book=True).openings()


def replan_reports(context: RunContext) -> Iterator[Plan]:
    """Reports that opened before, for the borrowers in play."""
    for at in _report_days(context) if anything_in_play(context) else ():
        if not _opens_now(at):
            yield _plan(at, whole_book=False)


def _report_days(context: RunContext) -> list[ReportDay]:
    """The reports that have opened by the horizon and were not past their deadline before the day."""
    readings = context.readings(InspectionReadings)
    windows = (
        window
        for day in (context.day, context.horizon)
        for window in report_windows(day, context.rules, context.calendar, readings)
    )
    return [at for end in sorted({w.period.end for w in windows}) for at in report_days(end, context)]


def _opens_now(at: ReportDay) -> bool:
    previous = at.context.previous
    return previous is None or any(at.windows[t].opens_on > previous + ONE_DAY for t in at.types)


def _plan(at: ReportDay, *, whole_book: bool) -> Plan:
    # Where the whole book is looked at, the many loans that have ended long ago are left out at once.
    standing = Q(ended_on__isnull=True) | Q(ended_on__gt=min(at.context.day, at.period_end - ONE_DAY))
    loans = Loan.objects.filter(standing) if whole_book else loans_beside_those_in_play()
    return Plan(
        "annual" if at.is_annual else "routine",
        _opening(at, at.tables(loans, owing_only=whole_book)),
        owed=_owed(at, only_open=whole_book),
        reason=NOTHING_OWED,
        scope_on=at.period_end,
        gone_on=at.period_end,
    )


def _owed(at: ReportDay, *, only_open: bool) -> Q:
    """Reports of this kind; to open duties, those that have opened and are not due before going live."""
    start = at.context.started_on
    types = [t for t in at.types if at.windows[t].opens_on <= at.context.horizon or not only_open]
    owed = Q(rank__isnull=False)
    if {t for t, _ in at.conditions if t} - {*types}:
        owed &= Q(rank__in=[RANKS[t] for t in types])
    if only_open and any(window.due < start for window in at.windows.values()):
        owed &= Q(due_on__gte=start)
    return owed


def _opening(at: ReportDay, tables: Any) -> Opening:
    context, rules = at.context, at.context.rules
    rule = rules[at.windows[at.types[0]].code]
    return opening(
        rule,
        BorrowerReport.objects.filter(borrower__isnull=False),
        tables=tables,
        code=_of_rank(at, CharField(), lambda window: text(window.code)),
        clause=_of_rank(at, CharField(), lambda window: text(rules[window.code].clause)),
        rule=_of_rank(at, IntegerField(), lambda window: Value(rules[window.code].id, IntegerField())),
        subject_no=F("borrower__borrower_no"),
        period_key=_of_rank(at, CharField(), lambda window: text(window.period.key)),
        loans=F("loans"),
        borrower_no=F("borrower__borrower_no"),
        branch=F("borrower__branch"),
        owner=owner_of(rule, branch="borrower__branch", officer="borrower__officer"),
        anchor_on=at.period_end,
        opens_on=_of_rank(at, DateField(), lambda window: date(window.opens_on)),
        due_on=F("due_on"),
        planned_on=_of_rank(at, DateField(), lambda window: date(_visit_on(at, window))),
        provisional=_of_rank(
            at, BooleanField(), lambda window: Value(context.calendar.is_provisional(window.due))
        ),
        explanation=_of_rank(at, JSONField(), lambda window: _explanation(at, window)),
    )


def _visit_on(at: ReportDay, window: ReportWindow) -> dt.date:
    from_on = max(window.opens_on, at.context.horizon)
    return planned_visit(at.period_end, from_on, at.context.calendar)


def _explanation(at: ReportDay, window: ReportWindow) -> Any:
    rule = at.context.rules[window.code]
    return explain(rule, period_end=at.period_end, frequency=window.report_type, exempt=F("exempt"))


def _of_rank(at: ReportDay, output_field: Any, value_of: Callable[[ReportWindow], Any]) -> Any:
    """What belongs to the report type that names the borrower's duty; empty text where it owes none."""
    values = {t: value_of(at.windows[t]) for t in at.types}
    if len(set(values.values())) == 1 and not isinstance(output_field, CharField):
        return next(iter(values.values()))
    cases = (When(rank=RANKS[t], then=value) for t, value in values.items())
    default = Value("") if isinstance(output_field, CharField) else None
    return Case(*cases, default=default, output_field=output_field)
