"""Plans for the yearly check of collateral on site (CLT-1), and who is spared it (CLT-2)."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat

from core.bulk import CommonTable
from core.daily import StepResult
from core.functions import AddMonths, JoinedText
from duties.closing import finish
from duties.enums import CloseReason
from duties.planning import (
    Deadline,
    RunContext,
    anchor_case,
    explain,
    opening,
    owner_of,
)
from duties.rules import opens_on
from inspections.daily.replan import Plan, planned_duties, where_planned
from inspections.daily.states import truth
from inspections.models import CollateralInPlay, CollateralState, PlannedDuty, RenewedFrom
from inspections.rules import EXEMPT_TERM_MONTHS, InspectionReadings, collateral_check_due
from loans.models import Collateral, CollateralLoan
from loans.rules import NORMAL

CODE = "COLLATERAL_CHECK"
DATES = ("opens_on", "due_on", "provisional")
NO_DATE = Cast(Value(None), DateField())
NOTHING_OWED = Case(
    When(standing=0, then=Value(CloseReason.ENDED)),
    default=Value(CloseReason.EXEMPT),
    output_field=CharField(),
)

# The loans before every renewed loan that secures collateral in play; a circle of references ends somewhere.
RENEWALS = """
    SELECT l.id, l.disbursed_on, l.renewed_from_loan_no, l.is_renewal, 0
    FROM collateral_in_play c
    JOIN loans_collateralloan k ON k.collateral_id = c.collateral_id
    JOIN loans_loan l ON l.id = k.loan_id
    WHERE l.is_renewal
    UNION
    SELECT r.loan_id, l.disbursed_on, l.renewed_from_loan_no, l.is_renewal, r.steps + 1
    FROM renewed_from r JOIN loans_loan l ON l.loan_no = r.before_loan_no
    WHERE r.is_renewal AND r.steps < 24
"""


def replan_collateral_checks(context: RunContext) -> Iterator[Plan]:
    """The next check of collateral that secures a loan in play; on the first run, of all collateral.

    Its deadline is filled in by ``set_deadlines``, once the anchors are known.
    """
    if not _in_play(context).exists():
        return
    rule = context.rules[CODE]
    checked_on = F("collateral__last_checked_on")
    known = Q(collateral__last_checked_on__lte=context.day)
    anchor = Case(When(known, then=checked_on), default=F("first_on"))
    one = opening(
        rule,
        CollateralState.objects.filter(context.in_branches("main__branch"), collateral__isnull=False),
        tables=(
            CommonTable(CollateralInPlay, _in_play(context)),
            CommonTable(RenewedFrom, RENEWALS),
            CommonTable(CollateralState, _states(context)),
        ),
        subject_no=F("collateral__collateral_no"),
        period_key=Coalesce(Cast(anchor, CharField()), Value("")),
        loans=F("loans"),
        borrower_no=F("main__borrower__borrower_no"),
        branch=F("main__branch"),
        owner=owner_of(rule, branch="main__branch", officer="main__officer"),
        anchor_on=anchor,
        opens_on=NO_DATE,
        due_on=NO_DATE,
        explanation=explain(rule, last_checked_on=checked_on, disbursed_on=F("first_on")),
    )
    yield Plan("collateral", one, Q(checked__gt=0), reason=NOTHING_OWED)


def _in_play(context: RunContext) -> QuerySet[Any]:
    """`CollateralInPlay`: what secures a loan in play, or one that is overdue since today though its class
    stays normal (a technical overdue that the floor spares)."""
    links = CollateralLoan.objects.all()
    if context.first:
        return links.values("collateral_id").distinct()
    newly_overdue = links.filter(
        loan__floor_class=NORMAL,
        loan__oldest_unpaid_due_on__gte=context.judged_after,
        loan__oldest_unpaid_due_on__lt=context.judged_until,
    )
    changed = links.filter(loan__change__isnull=False)
    return changed.values("collateral_id").union(newly_overdue.values("collateral_id"))


def _states(context: RunContext) -> QuerySet[Any]:
    """`CollateralState` of the collateral in play."""
    loan = "collateral__links__loan__"

    def where(**conditions: Any) -> Q:
        return Q(**{f"{loan}{name}": value for name, value in conditions.items()})

    origins = RenewedFrom.objects.filter(loan=OuterRef("collateral__links__loan"), is_renewal=False)
    origin = Subquery(origins.values("disbursed_on")[:1])
    began_on = Case(When(where(is_renewal=True), then=origin), default=F(f"{loan}disbursed_on"))
    # A renewal whose beginning nobody knows is not exempt: its term is unknown.
    short = where(matures_on__lte=AddMonths(F("began_on"), EXEMPT_TERM_MONTHS))
    overdue = where(oldest_unpaid_due_on__lt=context.judged_until)
    exempt = short & where(classification=NORMAL) & ~overdue
    standing = where(disbursed_on__lte=context.day) & (
        where(ended_on__isnull=True) | where(ended_on__gt=context.day)
    )
    return (
        CollateralInPlay.objects.alias(began_on=began_on)
        .alias(spared=truth(exempt))
        .values("collateral_id")
        .annotate(
            main_id=Coalesce(Min(f"{loan}pk", filter=standing), Min(f"{loan}pk")),
            loans=JoinedText(f"{loan}loan_no", filter=standing),
            standing=Count(f"{loan}pk", filter=standing),
            checked=Count(f"{loan}pk", filter=standing & Q(spared=False)),
            first_on=Min(Coalesce("began_on", f"{loan}disbursed_on"), filter=standing),
        )
    )


@where_planned
def set_deadlines(context: RunContext) -> StepResult:
    """Deadlines of the planned checks, one calculation per anchor date."""
    check = Collateral.objects.filter(
        collateral_no=OuterRef("subject_no"), last_checked_on=OuterRef("anchor_on")
    )
    planned = PlannedDuty.objects.filter(context.in_branches(), kind="collateral", code=CODE)
    anchors = (
        planned.annotate(checked=Exists(check)).order_by().values_list("checked", "anchor_on").distinct()
    )
    dates: dict[bool, list[Deadline]] = {True: [], False: []}
    for checked, anchor in anchors:
        if anchor:
            dates[checked].append(_deadline(anchor, context, after_check=checked))
    if any(dates.values()):
        first, next_ = (
            {name: anchor_case("anchor_on", dates[checked], name) for name in DATES}
            for checked in (False, True)
        )
        planned.update(
            **{name: Case(When(Exists(check), then=next_[name]), default=first[name]) for name in DATES}
        )
    return StepResult()


def _deadline(anchor: dt.date, context: RunContext, *, after_check: bool) -> Deadline:
    rules, calendar = context.rules, context.calendar
    readings = context.readings(InspectionReadings)
    due = collateral_check_due(anchor, anchor if after_check else None, rules, calendar, readings)
    opens = opens_on(anchor, due, rules[CODE], calendar)
    return Deadline(anchor, opens, due, calendar.is_provisional(anchor, due))


@where_planned
def finish_checked(context: RunContext) -> StepResult:
    """Checks that a later date of the last check proves."""
    check = Collateral.objects.filter(
        collateral_no=OuterRef("subject_no"),
        last_checked_on__gt=OuterRef("anchor_on"),
        last_checked_on__lte=context.day,
    )
    result = StepResult()
    result.add(
        "collateral checks done",
        finish(
            planned_duties(context).filter(Exists(check), code=CODE),
            on=context.day,
            done_on=Subquery(check.values("last_checked_on")[:1]),
            reason=CloseReason.EVIDENCE,
            evidence=Concat(Value("collateral:"), F("subject_no")),
        ),
    )
    return result
