"""Plans compared with the duties that stand: what is owed no more lapses, what is owed after all opens.

A *plan* is a query with the columns of the duties that facts call for. When a period opens, it goes straight
into the duties, for the whole book. On other days it is written down for the subjects in play only
(``PlannedDuty``), and three statements, the same for all kinds of duty, bring the duties in line with it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from core.bulk import insert_select, refresh_statistics
from core.daily import StepResult
from duties.closing import lapse, restate
from duties.enums import CloseReason, DutyState
from duties.models import Duty
from duties.planning import Opening, RunContext, date, opening, text
from inspections.models import PlannedDuty
from loans.models import Loan, LoanChange

KINDS = {
    "routine": ("REPORT_MONTH", "REPORT_QUARTER", "REPORT_HALF"),
    "annual": ("REPORT_YEAR",),
    "logs": ("LOG_MONTHLY_MIN",),
    "first": ("FIRST_INSPECTION",),
    "collateral": ("COLLATERAL_CHECK",),
}
"""Codes that a subject owes one of at a time."""

MANY = 1_000
"""Planned rows from which on the database is asked to count before it plans the next statements."""

CODES = [code for codes in KINDS.values() for code in codes]
CARRIED = [
    field.name
    for field in PlannedDuty._meta.concrete_fields
    if field.name not in ("id", "kind", "scope_on", "reason", "gone_on")
]
"""Columns that a planned duty has in common with a duty."""


@dataclass(frozen=True)
class Plan:
    """What facts call for: an opening whose rows owe the duty where ``owed`` holds.

    ``reason`` says why the other rows owe nothing. ``scope_on`` and ``gone_on`` as in ``PlannedDuty``.
    """

    kind: str
    opening: Opening
    owed: Q
    reason: Any
    scope_on: Any = None
    gone_on: Any = None

    def openings(self) -> Opening:
        """The duties to open where none stands yet, for the whole source."""
        one = self.opening
        return Opening(one.rule, one.source.filter(self.owed), one.columns, one.tables)

    def note_down(self) -> int:
        """Write the plan for the subjects in its source; returns how many."""
        columns = {name: self.opening.columns[name] for name in CARRIED}
        columns["code"] = Case(
            When(self.owed, then=columns["code"]), default=text(""), output_field=CharField()
        )
        reason = Case(
            When(self.owed, then=Value(CloseReason.REPLACED)), default=self.reason, output_field=CharField()
        )
        columns |= {
            "kind": text(self.kind),
            "reason": reason,
            "scope_on": _date(self.scope_on),
            "gone_on": _date(self.gone_on),
        }
        return insert_select(PlannedDuty, columns, self.opening.source, tables=self.opening.tables)


def _date(value: Any) -> Any:
    return value if hasattr(value, "resolve_expression") else Cast(Value(value), DateField())


def clear(context: RunContext) -> StepResult:
    """Yesterday's plans."""
    PlannedDuty.objects.filter(context.in_branches()).delete()
    return StepResult()


def noting(planned: Callable[[RunContext], Iterator[Plan]]) -> Callable[[RunContext], StepResult]:
    """A step that writes down what subjects in play owe."""

    def run(context: RunContext) -> StepResult:
        result = StepResult()
        for plan in planned(context):
            result.add("looked at", plan.note_down())
        if result.counts.get("looked at", 0) >= MANY:
            refresh_statistics(PlannedDuty)
        return result

    return run


def where_planned(step: Callable[[RunContext], StepResult]) -> Callable[[RunContext], StepResult]:
    """A step that has nothing to do on a day without a plan."""

    @wraps(step)
    def run(context: RunContext) -> StepResult:
        planned = PlannedDuty.objects.filter(context.in_branches()).exists()
        return step(context) if planned else StepResult()

    return run


@where_planned
def lapse_unplanned(context: RunContext) -> StepResult:
    """Open duties that the plan does not have, or has under another code or period."""
    standing = _about(context).exclude(code=OuterRef("code"), period_key=OuterRef("period_key"))
    lapsed = lapse(
        planned_duties(context).filter(Exists(standing)),
        on=context.day,
        reason=Subquery(standing.values("reason")[:1]),
        note=Subquery(standing.values("code")[:1]),
        gone_on=Coalesce(Subquery(standing.values("gone_on")[:1]), date(context.day)),
    )
    return StepResult({"lapsed": lapsed} if lapsed else {})


@where_planned
def restate_planned(context: RunContext) -> StepResult:
    """Duties of the plan whose dates, loans or reasons have changed, or that had lapsed."""
    planned = _about(context).filter(code=OuterRef("code"), period_key=OuterRef("period_key"))
    same = Q(
        due_on=OuterRef("due_on"), loans=OuterRef("loans"), why=Cast(OuterRef("explanation"), TextField())
    )
    changed = planned.alias(why=Cast("explanation", TextField()), lapsed=text(DutyState.LAPSED)).filter(
        ~same | Q(lapsed=OuterRef("state"))
    )
    restated = restate(
        planned_duties(context).filter(Exists(changed)),
        **{name: Subquery(planned.values(name)[:1]) for name in ("due_on", "loans", "explanation")},
    )
    return StepResult({"restated": restated} if restated else {})


@where_planned
def open_planned(context: RunContext) -> StepResult:
    """Duties of the plan that are not there yet; the others meet the unique key."""
    planned = PlannedDuty.objects.filter(
        context.in_branches(), due_on__gte=context.started_on, opens_on__lte=context.horizon
    ).exclude(code="")
    columns: dict[str, Any] = {name: F(name) for name in CARRIED}
    opened = opening(next(iter(context.rules.values())), planned, **columns).insert()
    return StepResult({"opened": opened} if opened else {})


def _about(context: RunContext) -> QuerySet[Any]:
    """The planned row that speaks about a duty."""
    return PlannedDuty.objects.filter(
        context.in_branches(),
        Q(scope_on__isnull=True) | Q(scope_on=OuterRef("anchor_on")),
        subject_no=OuterRef("subject_no"),
        kind=OuterRef("kind"),
    )


def planned_duties(context: RunContext) -> QuerySet[Any]:
    """Duties of the kinds planned, of the subjects in play."""
    kind = Case(
        *(When(code__in=codes, then=text(kind)) for kind, codes in KINDS.items()), output_field=CharField()
    )
    planned = PlannedDuty.objects.filter(context.in_branches()).values("subject_no")
    return Duty.objects.filter(code__in=CODES, subject_no__in=planned).alias(kind=kind)


def loans_in_play() -> QuerySet[Any]:
    """Loans whose facts changed since the last day was closed, or became effective with this one."""
    return Loan.objects.filter(change__isnull=False)


def anything_in_play(context: RunContext) -> bool:
    """Whether there is a plan to write; the first run opens everything anyway."""
    return not context.first and LoanChange.objects.exists()


def loans_beside_those_in_play() -> QuerySet[Any]:
    """All loans of the borrowers that have a loan in play."""
    return Loan.objects.filter(borrower__in=loans_in_play().values("borrower"))
