"""Reads of the borrower and loan pages; every one starts from the rows a person may see."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, IntegerField, Max, Min, Prefetch, Q, QuerySet, Sum, Value, When

from core.paging import KeysetPage, Order, keyset_page
from duties.models import Duty
from loans.enums import CLASSIFICATION_ORDER
from loans.models import (
    Borrower,
    Collateral,
    CollateralLoan,
    FloorProposal,
    Guarantee,
    Instalment,
    Loan,
    LoanClassification,
    Rating,
    Repayment,
)
from loans.rules import status
from loans.rules.overdue import days_past_due
from org.models import User

PAGE = 50
DUTIES_SHOWN = 60

LOAN_ORDERS = {
    "": Order("pk"),
    "matures": Order("matures_on"),
    "disbursed": Order("disbursed_on", descending=True),
    "overdue": Order("oldest_unpaid_due_on"),
}
BORROWER_ORDERS = {"": Order("name"), "new": Order("pk", descending=True)}

# The index of the class in the order from best to worst.
SEVERITY = Case(
    *(When(classification=code, then=Value(i)) for i, code in enumerate(CLASSIFICATION_ORDER)),
    output_field=IntegerField(),
)


# --- lists ----------------------------------------------------------------------------------------
def loan_page(loans: QuerySet[Loan], *, sort: str, params: Mapping[str, str]) -> KeysetPage:
    """A page of loans with borrower, officer and branch."""
    order = LOAN_ORDERS.get(sort, LOAN_ORDERS[""])
    return keyset_page(loans.select_related("borrower", "officer", "branch"), order, params, PAGE)


@dataclass(frozen=True)
class Holding:
    """What a borrower's running loans amount to."""

    count: int = 0
    balance: Decimal = Decimal(0)
    worst_class: str = ""
    oldest_unpaid_due_on: dt.date | None = None


def borrower_page(borrowers: QuerySet[Borrower], *, sort: str, params: Mapping[str, str]) -> KeysetPage:
    """A page of borrowers, each with its ``holding``; two queries."""
    order = BORROWER_ORDERS.get(sort, BORROWER_ORDERS[""])
    page = keyset_page(borrowers.select_related("officer", "branch"), order, params, PAGE)
    holdings = _holdings([borrower.pk for borrower in page.rows])
    for borrower in page.rows:
        borrower.holding = holdings.get(borrower.pk, Holding())
    return page


def _holdings(borrowers: Sequence[int]) -> dict[int, Holding]:
    running = Loan.objects.filter(borrower__in=borrowers, ended_on__isnull=True)
    rows = (
        running.order_by()
        .values_list("borrower")
        .annotate(
            count=Count("pk"), sum=Sum("balance"), worst=Max(SEVERITY), oldest=Min("oldest_unpaid_due_on")
        )
    )
    return {
        pk: Holding(count, balance, CLASSIFICATION_ORDER[worst], oldest)
        for pk, count, balance, worst, oldest in rows
    }


# --- one loan ---------------------------------------------------------------------------------------
def visible_loan(user: User, loan_no: str) -> Loan | None:
    """A loan in the person's scope, with its approved classes and floors; three queries."""
    rows = Loan.objects.visible_to(user).select_related("borrower__group", "branch", "officer")
    floors = Prefetch("floors", FloorProposal.objects.select_related("rule"))
    return rows.filter(loan_no=loan_no).prefetch_related("class_history", floors).first()


@dataclass(frozen=True)
class ScheduleLine:
    """An instalment with what the payments known at the close of a day did to it."""

    seq: int
    due_on: dt.date
    principal: Decimal
    interest: Decimal
    principal_open: Decimal
    interest_open: Decimal
    paid_on: dt.date | None
    days_late: int

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest

    @property
    def open(self) -> Decimal:
        return self.principal_open + self.interest_open


@dataclass(frozen=True)
class LoanState:
    """The loan at the close of a day, derived from its schedule and repayments alone."""

    as_of: dt.date
    overdue: status.LoanStatus
    schedule: list[ScheduleLine]
    repayments: list[Repayment]
    paid: Decimal = Decimal(0)

    @property
    def next_due(self) -> ScheduleLine | None:
        return next((line for line in self.schedule if line.due_on >= self.as_of and line.open), None)

    @property
    def total_due(self) -> Decimal:
        return self.overdue.overdue_principal + self.overdue.overdue_interest


def loan_state(loan: Loan, as_of: dt.date) -> LoanState:
    """Overdue state, schedule and repayments at the close of ``as_of``; two queries.

    The same pure function of schedule, payments and date that import and daily run use.
    """
    instalments = list(loan.instalments.order_by("due_on", "seq"))
    repayments = list(loan.repayments.order_by("-paid_on", "-pk"))
    schedule = [status.Instalment(i.due_on, i.principal_due, i.interest_due) for i in instalments]
    payments = [
        status.Payment(r.paid_on, r.amount, r.principal, r.interest, r.penalty) for r in reversed(repayments)
    ]
    known = [payment for payment in payments if payment.paid_on <= as_of]
    settled = status.allocate(schedule, known)
    return LoanState(
        as_of=as_of,
        overdue=status.loan_status(schedule, payments, as_of, ()),
        schedule=[_line(i, s, as_of) for i, s in zip(instalments, settled, strict=True)],
        repayments=repayments,
        paid=sum((payment.amount for payment in known), Decimal(0)),
    )


def _line(instalment: Instalment, settled: status.SettledInstalment, as_of: dt.date) -> ScheduleLine:
    until = settled.paid_on or as_of
    return ScheduleLine(
        seq=instalment.seq,
        due_on=instalment.due_on,
        principal=instalment.principal_due,
        interest=instalment.interest_due,
        principal_open=settled.principal.open,
        interest_open=settled.interest.open,
        paid_on=settled.paid_on,
        days_late=days_past_due(instalment.due_on, until),
    )


def shown_schedule(
    state: LoanState, *, everything: bool, before: int = 3, after: int = 9
) -> list[ScheduleLine]:
    """The whole schedule, or the lines around the first one that is open."""
    lines = state.schedule
    if everything or len(lines) <= before + after:
        return lines
    first_open = next((i for i, line in enumerate(lines) if line.open), len(lines))
    start = max(min(first_open - before, len(lines) - before - after), 0)
    return lines[start : start + before + after]


@dataclass(frozen=True)
class ClassReason:
    """Why a loan is in its class: the approved value with its reason, and the floor with its rule."""

    approved: LoanClassification | None
    floor: FloorProposal | None


def class_reason(loan: Loan, as_of: dt.date) -> ClassReason:
    """The approved class and the floor in force at the close of ``as_of``."""

    def newest(rows: Iterable[Any]) -> Any:
        known = [row for row in rows if row.effective_on <= as_of]
        return max(known, key=lambda row: row.effective_on, default=None)

    return ClassReason(newest(loan.class_history.all()), newest(loan.floors.all()))


@dataclass(frozen=True)
class Turn:
    """One change of class, floor or regime in a loan's life."""

    effective_on: dt.date
    kind: str
    code: str
    previous: str = ""
    reason: str = ""
    days: int | None = None


def loan_history(loan: Loan) -> list[Turn]:
    """Class and regime in force, what was approved, and floors, newest first."""
    turns: list[Turn] = []
    for row in loan.status_history.all():
        if row.classification != row.previous_classification:
            turns.append(Turn(row.effective_on, "in_force", row.classification, row.previous_classification))
        if row.regime != row.previous_regime:
            turns.append(Turn(row.effective_on, "regime", row.regime, row.previous_regime))
    turns += [
        Turn(row.effective_on, "approved", row.classification, reason=row.reason)
        for row in loan.class_history.all()
    ]
    turns += [
        Turn(
            row.effective_on,
            "floor",
            row.floor_class,
            row.previous_floor,
            row.rule.clause if row.rule else "",
            row.days_past_due,
        )
        for row in loan.floors.all()
    ]
    return sorted(turns, key=lambda turn: (turn.effective_on, turn.kind), reverse=True)


@dataclass(frozen=True)
class Security:
    """What secures loans: guarantees and collateral."""

    guarantees: list[Guarantee]
    collaterals: list[Collateral]


def loan_security(loan: Loan) -> Security:
    """Guarantees by the end of their period, and collateral; two queries."""
    return Security(
        guarantees=list(loan.guarantees.order_by("expires_on", "pk")),
        collaterals=list(loan.collaterals.order_by("collateral_no")),
    )


def loan_duties(user: User, loan: Loan) -> list[Duty]:
    """Duties that cover the loan, open ones first, then the newest."""
    of_loan = (
        Q(subject_no=loan.loan_no)
        | Q(subject_no__startswith=f"{loan.loan_no}/")
        | Q(loans__contains=loan.loan_no)
    )
    rows = _duties(user, loan.borrower.borrower_no).filter(of_loan)
    return [
        duty
        for duty in rows[:DUTIES_SHOWN]
        if loan.loan_no in duty.loan_nos or duty.subject_no.partition("/")[0] == loan.loan_no
    ]


def borrower_duties(user: User, borrower: Borrower) -> list[Duty]:
    return list(_duties(user, borrower.borrower_no)[:DUTIES_SHOWN])


def _duties(user: User, borrower_no: str) -> QuerySet[Duty]:
    rows: QuerySet[Duty] = Duty.objects.visible_to(user).filter(borrower_no=borrower_no)
    opened_first = Case(When(state="open", then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.select_related("owner", "rule").order_by(opened_first, "-due_on", "-pk")


# --- one borrower -------------------------------------------------------------------------------------
def visible_borrower(user: User, borrower_no: str) -> Borrower | None:
    rows = Borrower.objects.visible_to(user).select_related("group", "branch", "officer")
    return rows.filter(borrower_no=borrower_no).first()


@dataclass(frozen=True)
class Exposure:
    """What a borrower owes: running loans first, and sums over the running ones in yuan."""

    loans: list[Loan]
    balance: Decimal = Decimal(0)
    worst_class: str = ""
    oldest_unpaid_due_on: dt.date | None = None
    running: int = 0
    others: dict[str, Decimal] = field(default_factory=dict)


def borrower_exposure(user: User, borrower: Borrower) -> Exposure:
    """All loans that the person may see, and their sums; one query."""
    rows = Loan.objects.visible_to(user).filter(borrower=borrower).select_related("officer", "branch")
    loans = sorted(rows, key=lambda loan: (loan.ended_on is not None, -loan.disbursed_on.toordinal()))
    running = [loan for loan in loans if loan.ended_on is None]
    sums = balance_by_currency(running)
    return Exposure(
        loans=loans,
        balance=sums.pop("CNY", Decimal(0)),
        worst_class=max(
            (loan.classification for loan in running), key=CLASSIFICATION_ORDER.index, default=""
        ),
        oldest_unpaid_due_on=min((d for loan in running if (d := loan.oldest_unpaid_due_on)), default=None),
        running=len(running),
        others=sums,
    )


def balance_by_currency(loans: Iterable[Loan]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for loan in loans:
        sums[loan.currency] = sums.get(loan.currency, Decimal(0)) + loan.balance
    return sums


def group_members(user: User, borrower: Borrower) -> list[dict[str, Any]]:
    """The visible members of the borrower's group with their balances; one query, none without a group."""
    if borrower.group_id is None:
        return []
    running = Q(loans__ended_on__isnull=True)
    members = Borrower.objects.visible_to(user).filter(group=borrower.group_id)
    return list(
        members.values("borrower_no", "name", "branch__name")
        .annotate(balance=Sum("loans__balance", filter=running), loans=Count("loans", filter=running))
        .order_by("-balance", "borrower_no")[:PAGE]
    )


def ratings_of(borrower: Borrower) -> list[Rating]:
    return list(Rating.objects.filter(subject_no=borrower.borrower_no).order_by("-rated_on")[:12])


def borrower_security(user: User, borrower: Borrower) -> Security:
    """Guarantees and collateral of all visible loans of the borrower; two queries."""
    loans = Loan.objects.visible_to(user).filter(borrower=borrower, ended_on__isnull=True)
    guarantees = Guarantee.objects.filter(loan__in=loans).select_related("loan")
    secured = CollateralLoan.objects.filter(loan__in=loans).values("collateral")
    collaterals = Collateral.objects.filter(pk__in=secured)
    return Security(
        guarantees=list(guarantees.order_by("expires_on", "pk")[:PAGE]),
        collaterals=list(collaterals.order_by("collateral_no")[:PAGE]),
    )
