"""Every loan at the close of a day beside what it was at the last month's end: one query for the frozen
month and for the live figures alike."""

import datetime as dt
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DecimalField,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from core.functions import DaysUntil
from duties.enums import DutyState
from duties.models import Duty
from loans.enums import NON_PERFORMING, RepaymentChannel
from loans.models import Instalment, Loan, Repayment
from loans.rules.overdue import BUCKET_DAYS, BUCKETS
from loans.selectors.security import main_security

CURRENCY = "CNY"
"""Figures add one currency; there are no exchange rates here."""
MONEY = DecimalField(max_digits=20, decimal_places=2)
NOTHING = Value(0, MONEY)


def positions(day: dt.date, previous_end: dt.date | None, scope: Q | None = None) -> QuerySet[Loan]:
    """Loans on the book at the close of ``day`` or at ``previous_end``, with everything ``COLUMNS`` needs."""
    before = FilteredRelation(
        "snapshots",
        condition=Q(snapshots__month_end=previous_end or dt.date.min, snapshots__classification__gt=""),
    )
    on_book = _on_book(day)
    rows = Loan.objects.order_by().annotate(before=before).filter(scope or Q(), currency=CURRENCY)
    return rows.filter(Q(disbursed_on__lte=day) & on_book | Q(before__isnull=False))


def columns(day: dt.date, since: dt.date) -> dict[str, Any]:
    """The values of a snapshot row over ``positions``; ``since`` is the day before the month's first."""
    on_book, decrease = _on_book(day), _decrease(day)
    written_off = _part(_written_off(day, since), decrease)
    disposed = _part(_disposed(day, since), decrease - written_off)
    return {
        "loan": F("pk"),
        "loan_no": F("loan_no"),
        "branch": F("branch"),
        "prev_branch": F("before__branch"),
        "officer_no": Coalesce(F("officer__employee_no"), Value("")),
        "borrower_no": F("borrower__borrower_no"),
        "product": F("product"),
        "industry": F("borrower__industry"),
        "guarantee": main_security(),
        "classification": _if(on_book, F("classification"), Value(""), CharField()),
        "prev_class": Coalesce(F("before__classification"), Value("")),
        "floor_class": F("floor_class"),
        "bucket": bucket(day),
        "prev_bucket": Coalesce(F("before__bucket"), Value("")),
        "days_past_due": _if(_overdue(day), DaysUntil("oldest_unpaid_due_on", day), 0, IntegerField()),
        "balance": _closing(day),
        "prev_balance": _opening(),
        "overdue_principal": _if(_overdue(day), _unpaid_principal(day), NOTHING, MONEY),
        "decrease": decrease,
        "written_off": written_off,
        "disposed": disposed,
        "disbursed_on": F("disbursed_on"),
        "matures_on": F("matures_on"),
        "ended_on": F("ended_on"),
    }


def _if(condition: Q, then: Any, otherwise: Any, output: Any) -> Case:
    return Case(When(condition, then=then), default=otherwise, output_field=output)


def _on_book(day: dt.date) -> Q:
    return Q(ended_on__isnull=True) | Q(ended_on__gt=day)


def _overdue(day: dt.date) -> Q:
    return _on_book(day) & Q(oldest_unpaid_due_on__lt=day)


def bucket(day: dt.date) -> Case:
    """M0 to M6+ by the oldest unpaid due date; empty for a loan that has ended (domain rules 3.6)."""
    arms = [When(~_on_book(day), then=Value(""))]
    arms.append(When(Q(oldest_unpaid_due_on__isnull=True), then=Value(BUCKETS[0])))
    arms += [
        When(Q(oldest_unpaid_due_on__gte=day - dt.timedelta(days=most)), then=Value(name))
        for name, most in zip(BUCKETS, BUCKET_DAYS, strict=False)
    ]
    return Case(*arms, default=Value(BUCKETS[-1]), output_field=CharField())


def _closing(day: dt.date) -> Case:
    return _if(_on_book(day), F("balance"), NOTHING, MONEY)


def _opening() -> Coalesce:
    return Coalesce(F("before__balance"), NOTHING, output_field=MONEY)


def _decrease(day: dt.date) -> Case:
    return Case(
        When(Q(before__isnull=True), then=NOTHING),
        When(~_on_book(day), then=F("before__balance")),
        When(Q(before__balance__gt=F("balance")), then=F("before__balance") - F("balance")),
        default=NOTHING,
        output_field=MONEY,
    )


def _part(amount: Any, whole: Any) -> Least:
    return Least(amount, whole, output_field=MONEY)


def _written_off(day: dt.date, since: dt.date) -> Case:
    """An amount that the core system did not deliver is the whole opening balance."""
    in_month = Q(written_off_on__gt=since, written_off_on__lte=day)
    return _if(in_month, Coalesce(F("written_off_amount"), _opening()), NOTHING, MONEY)


def _disposed(day: dt.date, since: dt.date) -> Case:
    """Money from disposing of the collateral of loans that were non-performing."""
    received = (
        Repayment.objects.filter(
            loan=OuterRef("pk"), paid_on__gt=since, paid_on__lte=day, channel=RepaymentChannel.DISPOSAL
        )
        .order_by()
        .values("loan")
        .annotate(sum=Sum(Coalesce(F("principal"), F("amount"))))
    )
    was_bad = Q(before__classification__in=NON_PERFORMING)
    return _if(was_bad, Coalesce(Subquery(received.values("sum")), NOTHING), NOTHING, MONEY)


def _unpaid_principal(day: dt.date) -> Coalesce:
    """Principal that was due before the day and had not been paid by it."""
    unpaid = (
        Instalment.objects.filter(loan=OuterRef("pk"), due_on__lt=day)
        .filter(Q(paid_on__isnull=True) | Q(paid_on__gt=day))
        .order_by()
        .values("loan")
        .annotate(
            sum=Sum(
                _if(
                    Q(paid_on__isnull=True),
                    F("principal_due") - F("principal_paid"),
                    F("principal_due"),
                    MONEY,
                )
            )
        )
    )
    return Coalesce(Subquery(unpaid.values("sum")), NOTHING, output_field=MONEY)


def timeliness(first: dt.date, closed: dt.date) -> QuerySet[Any, Any]:
    """What became, by the close of ``closed``, of the duties due from ``first`` to that day.

    Grouped by branch, code and owner. A duty that lapsed after its deadline had passed was late.
    """
    due = Duty.objects.filter(due_on__gte=first, due_on__lte=closed).order_by()
    done = Q(state=DutyState.DONE, done_on__lte=closed)
    in_time = done & Q(done_on__lte=F("due_on"))
    gone = Q(state__in=[DutyState.WAIVED, DutyState.LAPSED], closed_on__lte=closed)
    late = (done & Q(done_on__gt=F("due_on"))) | (gone & Q(missed=True))
    return due.values("branch", "code", "owner__employee_no").annotate(
        n_due=Count("pk"),
        n_on_time=Count("pk", filter=in_time),
        n_late=Count("pk", filter=late),
        n_excused=Count("pk", filter=gone & Q(missed=False)),
    )
