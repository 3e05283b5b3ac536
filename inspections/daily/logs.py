"""Plans for the month's work logs (LOG-3): one or two per borrower, by the strictest of its loans."""

from collections.abc import Iterator
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from core.bulk import CommonTable
from core.daily import StepResult
from core.functions import JoinedText
from core.periods import Period, period_containing
from duties.closing import finish
from duties.enums import CloseReason
from duties.planning import (
    ONE_DAY,
    Deadline,
    Opening,
    RunContext,
    deadline_of,
    explain,
    opening,
    owner_of,
    planner,
)
from inspections.daily.replan import (
    Plan,
    anything_in_play,
    loans_beside_those_in_play,
    planned_duties,
    where_planned,
)
from inspections.daily.states import state_on, where_table_says, with_states
from inspections.enums import LogState
from inspections.models import LogMinimum, WorkLog
from inspections.rules import InspectionReadings, uncounted_until, worklog_minimum_table
from loans.models import Loan

CODE = "LOG_MONTHLY_MIN"


@planner("work logs")
def plan_log_minimums(context: RunContext) -> Iterator[Opening]:
    """The month that opens with the coming day, for the whole book; on the first run all that have opened."""
    for month, dates in _months(context):
        if _opens_now(dates, context):
            yield _plan(month, dates, Loan.objects.all(), context).openings()


def replan_log_minimums(context: RunContext) -> Iterator[Plan]:
    """Months that opened before, for the borrowers in play."""
    for month, dates in _months(context) if anything_in_play(context) else ():
        if not _opens_now(dates, context):
            yield _plan(month, dates, loans_beside_those_in_play(), context)


def _months(context: RunContext) -> Iterator[tuple[Period, Deadline]]:
    """The months that have opened by the horizon and were not past their deadline before the day."""
    month = period_containing(context.horizon, "month")
    while (dates := deadline_of(month.end, context.rules[CODE], context.calendar)).due_on >= context.day:
        if dates.opens_on <= context.horizon:
            yield month, dates
        month = month.previous()


def _opens_now(dates: Deadline, context: RunContext) -> bool:
    return context.previous is None or dates.opens_on > context.previous + ONE_DAY


def _plan(month: Period, dates: Deadline, loans: QuerySet[Any], context: RunContext) -> Plan:
    rule = context.rules[CODE]
    one = opening(
        rule,
        LogMinimum.objects.filter(borrower__isnull=False),
        tables=(CommonTable(LogMinimum, _minimums(month, loans, context)),),
        subject_no=F("borrower__borrower_no"),
        period_key=month.key,
        loans=F("loans"),
        borrower_no=F("borrower__borrower_no"),
        branch=F("borrower__branch"),
        owner=owner_of(rule, branch="borrower__branch", officer="borrower__officer"),
        anchor_on=dates.anchor_on,
        opens_on=dates.opens_on,
        due_on=dates.due_on,
        provisional=dates.provisional,
        explanation=explain(rule, period=month.key, required=F("required")),
    )
    owed, ended = Q(required__isnull=False), Value(CloseReason.ENDED)
    return Plan("logs", one, owed, reason=ended, scope_on=month.end, gone_on=month.end)


def _minimums(month: Period, loans: QuerySet[Any], context: RunContext) -> QuerySet[Any]:
    """`LogMinimum`: how many logs the strictest loan asks for, of those that make the month count."""
    known_until = min(context.day, month.end)
    gone_until = min(uncounted_until(month, context.readings(InspectionReadings)), context.day)
    counts = Q(ended_on__isnull=True) | Q(ended_on__gt=gone_until)
    table = worklog_minimum_table()
    state = state_on(month.end, context)
    cases = (When(where_table_says(table, [n], state), then=Value(n)) for n in sorted(set(table.values())))
    disbursed = loans.filter(context.in_branches("borrower__branch"), disbursed_on__lte=known_until)
    return (
        with_states(disbursed, [month.end], context)
        .values("borrower_id")
        .annotate(
            required=Max(Case(*cases, output_field=SmallIntegerField()), filter=counts),
            loans=JoinedText("loan_no", filter=counts),
        )
    )


@where_planned
def finish_log_minimums(context: RunContext) -> StepResult:
    """Months of borrowers in play whose minimum is met by now: it became lower, or the logs were there first.

    Otherwise the signature of the last log closes the month (``services.sign_work_log``).
    """
    result = StepResult()
    for month, _ in _months(context):
        logs = WorkLog.objects.filter(
            borrower__borrower_no=OuterRef("subject_no"),
            activity_on__range=(month.start, month.end),
            state=LogState.SIGNED,
        ).values("borrower")
        signed = Subquery(logs.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        required = Cast(KeyTextTransform("required", "explanation"), IntegerField())
        met = planned_duties(context).filter(code=CODE, period_key=month.key)
        done = finish(
            met.alias(signed=signed, required=required).filter(signed__gte=F("required")),
            on=context.day,
            done_on=Subquery(logs.annotate(last=Max("first_submitted_on")).values("last")),
            reason=CloseReason.EVIDENCE,
        )
        result.add("months met", done)
    return result
