"""Reads over schedules and repayments, as of a date, for the notices, checks and letters."""

from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When

from loans.models import Instalment

INTEREST_CODES = ("INTEREST_REMINDER", "INTEREST_CHECK", "DUN_INTEREST")
MATURITY_CODES = ("MATURITY_NOTICE", "MATURITY_CHECK", "DUN_PRINCIPAL", "GUARANTOR_NOTICE")
LEGAL_CODES = ("GUARANTEE_EXPIRY", "LIMITATION_EXPIRY")


def unpaid_at(close_of: Any) -> Q:
    """Instalments not fully paid at the close of a day (a date or an expression)."""
    return Q(paid_on__isnull=True) | Q(paid_on__gt=close_of)


def at_maturity(matures_on: Any) -> Q:
    """Instalments that repay the principal or fall due at maturity; earlier interest has its own letters."""
    return Q(principal_due__gt=0) | Q(due_on=matures_on)


def unpaid_maturity(close_of: Any, *, loan: str = "", whole_debt: bool = False) -> Q:
    """Rows of loans whose maturity is unpaid at the close of a day.

    ``loan`` leads from the row to its loan; with ``whole_debt`` unpaid interest of earlier dates counts too.
    A loan without a schedule is unpaid until it has ended.
    """
    matures_on = OuterRef(f"{loan}matures_on")
    due = Instalment.objects.filter(loan=OuterRef(f"{loan}id"), due_on__lte=matures_on)
    if not whole_debt:
        due = due.filter(at_maturity(matures_on))
    return Q(Exists(due.filter(unpaid_at(close_of)))) | ~Q(Exists(due))


def paid_on_of_duty() -> Case:
    """When the debt that a duty is about was paid in full; null while any of it is unpaid.

    About interest: what falls due on the duty's anchor. About maturity: the principal, and what falls due
    with it; legal dates guard the whole debt. Null for every other duty. A scalar subquery on purpose: it is
    looked up per duty, where a join would walk over the whole schedule.
    """
    anchor = OuterRef("anchor_on")
    schedule = Instalment.objects.filter(loan__loan_no=OuterRef("loans"))
    interest = schedule.filter(due_on=anchor, interest_due__gt=0)
    debt = schedule.filter(due_on__lte=anchor)
    return Case(
        When(code__in=INTEREST_CODES, then=_last_payment(interest)),
        When(code__in=MATURITY_CODES, then=_last_payment(debt.filter(at_maturity(anchor)))),
        When(code__in=LEGAL_CODES, then=_last_payment(debt)),
    )


def _last_payment(instalments: QuerySet[Any]) -> Subquery:
    return Subquery(instalments.order_by(F("paid_on").desc(nulls_first=True)).values("paid_on")[:1])
