"""First and last steps of the day: dated facts take effect, floors follow, what was in play is put away.

Nothing here walks over the book: a step touches the loans in play (``LoanChange``) and the loans that cross
an overdue threshold, found by ranges over indexed dates.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from core.bulk import insert_select, insert_union, refresh_statistics
from core.daily import StepResult
from core.functions import DaysUntil
from duties.planning import RunContext, date, text
from loans.enums import CLASSIFICATION_ORDER, Classification
from loans.models import (
    FloorProposal,
    Instalment,
    Loan,
    LoanChange,
    LoanClassification,
    LoanRegime,
    Repayment,
)
from loans.rules import FloorBand, floor_bands
from loans.selectors import floor_rules, floor_steps
from loans.sql import rebuild_status_history

CHANGE_COLUMNS = ["loan", "cause", "picked_on"]
NO_DATE = Cast(Value(None), DateField())
NEVER = Value(dt.date.max, DateField())


def pick_changes(context: RunContext) -> StepResult:
    """Put loans with newly effective facts in play."""
    result = StepResult()
    insert_union(LoanChange, CHANGE_COLUMNS, _facts_of_the_day(context))
    result.add("in play", _in_play(context).update(picked_on=context.day))
    if context.branch_ids is None:  # blocks would wait for each other's statistics
        refresh_statistics(LoanChange)
    return result


def apply_facts(context: RunContext) -> StepResult:
    """Advance what loans in play carry as of the day."""
    result = StepResult()
    result.add("heads moved", _advance_heads(context))
    result.add("classes or regimes changed", _advance_approved(context))
    return result


def _facts_of_the_day(context: RunContext) -> list[QuerySet[Any]]:
    """Loans with something dated after the last closed day and not after this one."""
    since = context.previous or context.day

    def dated(rows: QuerySet[Any], date: str, loan: str, branch: str, cause: str) -> QuerySet[Any]:
        return rows.filter(
            context.in_branches(branch), **{f"{date}__gt": since, f"{date}__lte": context.day}
        ).values_list(loan, text(cause), NO_DATE)

    return [
        dated(Instalment.objects.all(), "paid_on", "loan", "loan__branch", "payment"),
        dated(Repayment.objects.all(), "paid_on", "loan", "loan__branch", "payment"),
        dated(LoanClassification.objects.all(), "effective_on", "loan", "loan__branch", "status"),
        dated(LoanRegime.objects.all(), "effective_on", "loan", "loan__branch", "status"),
        dated(Loan.objects.all(), "ended_on", "pk", "branch", "ended"),
        dated(Loan.objects.all(), "disbursed_on", "pk", "branch", "disbursed"),
    ]


def _in_play(context: RunContext) -> QuerySet[Any]:
    return LoanChange.objects.filter(context.in_branches("loan__branch"))


def _loans_in_play(context: RunContext) -> QuerySet[Any]:
    # By IN, which both databases turn into the outer loop; a join is taken for a large table.
    return Loan.objects.filter(pk__in=_in_play(context).values("loan"))


def _advance_heads(context: RunContext) -> int:
    """Oldest unpaid due date as of the day, written only where it moved."""
    oldest = (
        Instalment.objects.filter(Q(paid_on__isnull=True) | Q(paid_on__gt=context.day), loan=OuterRef("pk"))
        .order_by("due_on")
        .values("due_on")[:1]
    )
    moved = _loans_in_play(context).alias(
        head=Coalesce(Subquery(oldest), NEVER), stored=Coalesce(F("oldest_unpaid_due_on"), NEVER)
    )
    return moved.exclude(head=F("stored")).update(oldest_unpaid_due_on=Subquery(oldest))


def _advance_approved(context: RunContext) -> int:
    """Delivered or approved class and regime in force on the day, from the fact histories."""
    regime = _in_force(LoanRegime, "regime", "delivered_regime", context)
    approved = _in_force(LoanClassification, "classification", "delivered_class", context)
    changed = _loans_in_play(context).alias(now_regime=regime, now_class=approved)
    return changed.exclude(now_regime=F("regime"), now_class=F("approved_class")).update(
        regime=regime, approved_class=approved
    )


def _in_force(history: Any, value: str, fallback: str, context: RunContext) -> Coalesce:
    """The newest history value not after the day; before the first entry, the first one's."""
    rows = history.objects.filter(loan=OuterRef("pk"))
    newest = rows.filter(effective_on__lte=context.day).order_by("-effective_on")
    first = rows.order_by("effective_on")
    return Coalesce(Subquery(newest.values(value)[:1]), Subquery(first.values(value)[:1]), F(fallback))


def propose_floors(context: RunContext) -> StepResult:
    """Overdue floors of the classification measures, as proposals (CLS-1).

    Only loans whose oldest unpaid due date has left the band of their floor are touched; nothing happens
    on a day whose payments are not known yet.
    """
    result = StepResult()
    if context.judges:
        result.add("floors", _insert_proposals(context))
    return result


def apply_floors(context: RunContext) -> StepResult:
    """Proposals of the day take effect, and the class in force follows."""
    result = StepResult()
    if context.judges:
        today = FloorProposal.objects.filter(effective_on=context.day)
        insert_select(
            LoanChange,
            {"loan": F("loan"), "cause": text("floor"), "picked_on": date(context.day)},
            today.filter(context.in_branches("loan__branch")),
            update=("cause", "picked_on"),
        )
        proposed = today.filter(loan=OuterRef("pk")).values("floor_class")[:1]
        Loan.objects.filter(context.in_branches(), Exists(today.filter(loan=OuterRef("pk")))).update(
            floor_class=Subquery(proposed)
        )
    result.add("classes in force", _merge_classes(context))
    return result


def _insert_proposals(context: RunContext) -> int:
    steps = floor_steps(context.day)
    bands = floor_bands(context.day, steps)
    technical = floor_bands(context.day, steps, technical=True)
    floor = Case(
        *(When(Q(technical_overdue=True) & _inside(b), then=Value(b.floor_class)) for b in technical),
        *(When(_inside(b), then=Value(b.floor_class)) for b in bands),
        default=Value(Classification.NORMAL),
        output_field=CharField(),
    )
    rule = Case(
        *(When(to_floor=r.classification, then=Value(r.pk)) for r in floor_rules(context.day)),
        default=None,
        output_field=IntegerField(),
    )
    crossed = (
        Loan.objects.filter(context.in_branches(), _outside_stored_band(bands))
        .filter(Q(ended_on__isnull=True) | Q(ended_on__gt=context.day))
        .alias(to_floor=floor)
        .exclude(to_floor=F("floor_class"))
    )
    return insert_select(
        FloorProposal,
        {
            "loan": F("pk"),
            "effective_on": date(context.day),
            "floor_class": floor,
            "previous_floor": F("floor_class"),
            "oldest_unpaid_due_on": F("oldest_unpaid_due_on"),
            "days_past_due": _days_past_due(context),
            "rule": rule,
        },
        crossed,
    )


def _days_past_due(context: RunContext) -> Case:
    overdue = Q(oldest_unpaid_due_on__lt=context.day)
    return Case(
        When(overdue, then=DaysUntil("oldest_unpaid_due_on", context.day)),
        default=Value(0),
        output_field=IntegerField(),
    )


def _inside(band: FloorBand) -> Q:
    condition = Q()
    if band.after is not None:
        condition &= Q(oldest_unpaid_due_on__gt=band.after)
    if band.until is not None:
        return condition & Q(oldest_unpaid_due_on__lte=band.until)
    return condition | Q(oldest_unpaid_due_on__isnull=True)


def _outside_stored_band(bands: list[FloorBand]) -> Q:
    """Loans whose date lies outside the band of the floor they carry: each arm is one index range."""
    by_class = {band.floor_class: band for band in bands}
    condition = Q(pk__in=[])
    for stored in CLASSIFICATION_ORDER:
        band = by_class.get(stored)
        if band is None:
            condition |= Q(floor_class=stored)
            continue
        if band.after is not None:
            condition |= Q(floor_class=stored, oldest_unpaid_due_on__lte=band.after)
        if band.until is not None:
            condition |= Q(floor_class=stored, oldest_unpaid_due_on__gt=band.until)
            condition |= Q(floor_class=stored, oldest_unpaid_due_on__isnull=True)
    return condition


def _merge_classes(context: RunContext) -> int:
    """Class in force = the worse of approved class and floor, for loans in play."""
    worst = Case(
        *(
            When(Q(approved_class=c) | Q(floor_class=c), then=Value(c))
            for c in reversed(CLASSIFICATION_ORDER)
        ),
        output_field=CharField(),
    )
    changed = _loans_in_play(context).alias(worst=worst).exclude(worst=F("classification"))
    return changed.update(classification=worst)


def write_status_history(context: RunContext) -> StepResult:
    """Regime and class in force over time, for loans in play whose history has more than one entry."""
    result = StepResult()
    result.add("status changes", rebuild_status_history(context.day, context.branch_ids))
    return result


def put_away(context: RunContext) -> StepResult:
    """The day is done: what was looked at is no longer in play; later changes wait for the next run."""
    result = StepResult()
    result.add("put away", _in_play(context).filter(picked_on__isnull=False).delete()[0])
    return result


FIRST_STEPS: tuple[tuple[str, Callable[[RunContext], StepResult]], ...] = (
    ("loans.changes", pick_changes),
    ("loans.facts", apply_facts),
    ("loans.floors", propose_floors),
    ("loans.classes", apply_floors),
    ("loans.status", write_status_history),
)
"""What every other step of the day builds on."""
