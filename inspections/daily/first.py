"""Plans for the first inspection of every loan, a month after it was paid out (INS-1)."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from duties.enums import CloseReason, DutyState
from duties.models import Duty
from duties.planning import (
    ONE_DAY,
    Deadline,
    Opening,
    RunContext,
    anchor_case,
    deadline_of,
    explain,
    opening,
    owner_of,
    planner,
)
from inspections.daily.replan import Plan, anything_in_play, loans_in_play
from inspections.rules import InspectionReadings
from loans.models import Loan

CODE = "FIRST_INSPECTION"


@planner("first inspections")
def plan_first_inspections(context: RunContext) -> Iterator[Opening]:
    """On the first run, those of the whole book that are not past their deadline."""
    if context.first:
        for plan in _plans(Loan.objects.all(), context):
            yield plan.openings()


def replan_first_inspections(context: RunContext) -> Iterator[Plan]:
    """Those of the loans in play, unless already done: newly paid out, ended, or corrected."""
    if anything_in_play(context):
        yield from _plans(loans_in_play(), context)


def _plans(loans: QuerySet[Any], context: RunContext) -> Iterator[Plan]:
    rule = context.rules[CODE]
    done = Duty.objects.filter(
        subject_no=OuterRef("loan_no"), code=CODE, state__in=(DutyState.DONE, DutyState.WAIVED)
    )
    source = loans.filter(
        context.in_branches(), ~Exists(done), disbursed_on__range=(_earliest_anchor(context), context.day)
    )
    anchors = source.order_by().values_list("disbursed_on", flat=True).distinct()
    deadlines = [deadline_of(anchor, rule, context.calendar) for anchor in anchors]
    if deadlines:
        yield _plan(source, deadlines, context)


def _earliest_anchor(context: RunContext) -> dt.date:
    """The first disbursement whose deadline does not lie before going live."""
    day = context.started_on
    while deadline_of(day - ONE_DAY, context.rules[CODE], context.calendar).due_on >= context.started_on:
        day -= ONE_DAY
    return day


def _plan(source: QuerySet[Any], deadlines: list[Deadline], context: RunContext) -> Plan:
    rule = context.rules[CODE]
    due_on = anchor_case("disbursed_on", deadlines, "due_on")
    one = opening(
        rule,
        source.alias(due_on=due_on),
        subject_no=F("loan_no"),
        period_key=Cast("disbursed_on", CharField()),
        loans=F("loan_no"),
        borrower_no=F("borrower__borrower_no"),
        branch=F("branch"),
        owner=owner_of(rule, officer="officer"),
        anchor_on=F("disbursed_on"),
        opens_on=F("disbursed_on"),
        due_on=due_on,
        provisional=anchor_case("disbursed_on", deadlines, "provisional"),
        explanation=explain(rule, disbursed_on=F("disbursed_on")),
    )
    lapses = context.readings(InspectionReadings).first_inspection_settled == "lapses"
    standing = Q(ended_on__isnull=True) | Q(ended_on__gt=context.day) | Q(ended_on__gt=F("due_on"))
    owed = standing if lapses else Q(disbursed_on__isnull=False)
    return Plan("first", one, owed, reason=Value(CloseReason.ENDED), gone_on=F("ended_on"))
