"""The facts behind letters: loans, what is unpaid of them, who is addressed; a handful of queries for any
number of duties."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from collections_app.enums import NoticeKind
from collections_app.rules import Debt, Due, arrears, debt_of
from collections_app.selectors import paid_on_of_duty
from duties.models import Duty
from loans.enums import BorrowerType, GuarantorType
from loans.models import Borrower, Guarantee, Instalment, Loan
from org.models import User


@dataclass(frozen=True)
class LoanFacts:
    """One loan with what is still to be paid by due date; ``scheduled``: whether it has due dates at all."""

    loan: Loan
    dues: list[Due] = field(default_factory=list)
    scheduled: bool = True

    def arrears(self, on: dt.date) -> Debt:
        """What is overdue; without a schedule the balance, once the loan has matured."""
        if self.scheduled:
            return arrears(self.dues, on)
        matured = self.loan.matures_on < on
        return Debt(self.loan.balance, since=self.loan.matures_on) if matured else Debt()

    def due_at(self, day: dt.date) -> Debt:
        """What falls due on one day; without a schedule the balance, at maturity."""
        if self.scheduled:
            return debt_of(due for due in self.dues if due.on == day)
        return Debt(self.loan.balance) if day == self.loan.matures_on else Debt()


@dataclass(frozen=True)
class Case:
    """One duty to send a letter, with everything that the letter says."""

    duty: Duty
    borrower: Borrower | None
    loans: list[LoanFacts]
    guarantee: Guarantee | None = None

    @property
    def addressee(self) -> str:
        if self.guarantee:
            return self.guarantee.name
        return self.borrower.name if self.borrower else self.duty.subject_no

    @property
    def personal(self) -> bool:
        if self.guarantee:
            return self.guarantee.guarantor_type == GuarantorType.PERSONAL
        return self.borrower is not None and self.borrower.borrower_type == BorrowerType.PERSONAL

    @property
    def address(self) -> str:
        if self.guarantee:
            return self.guarantee.address
        return self.borrower.registered_address if self.borrower else ""

    @property
    def paid_on(self) -> dt.date | None:
        """When the debt that the letter is about was paid, if it was."""
        return getattr(self.duty, "debt_paid_on", None)


def notice_duties(user: User) -> QuerySet[Any]:
    """The duties that letters discharge, of the person's scope."""
    return Duty.objects.visible_to(user).filter(code__in=NoticeKind.values)


def duty_for_letter(user: User, pk: int) -> Duty | None:
    return load_duties(notice_duties(user).filter(pk=pk)).first()


def load_duties(duties: QuerySet[Any]) -> QuerySet[Any]:
    """The duties with branch, owner, and when their debt was paid."""
    return duties.alias().annotate(debt_paid_on=paid_on_of_duty()).select_related("branch", "owner", "rule")


def load_cases(duties: Sequence[Duty]) -> list[Case]:
    """The cases of duties that came from ``load_duties``; four queries."""
    loans = _loans({no for duty in duties for no in duty.loan_nos})
    dues = _dues(loans.values())
    guarantees = _guarantees(duties)
    borrowers = Borrower.objects.in_bulk({d.borrower_no for d in duties}, field_name="borrower_no")
    return [
        Case(
            duty=duty,
            borrower=borrowers.get(duty.borrower_no),
            loans=[_facts(loans[no], dues) for no in duty.loan_nos if no in loans],
            guarantee=guarantees.get(duty.subject_no),
        )
        for duty in duties
    ]


def _loans(numbers: Iterable[str]) -> dict[str, Any]:
    schedule = Instalment.objects.filter(loan=OuterRef("pk"))
    rows = Loan.objects.filter(loan_no__in=numbers).annotate(scheduled=Exists(schedule))
    return {loan.loan_no: loan for loan in rows}


def _facts(loan: Any, dues: Mapping[int, list[Due]]) -> LoanFacts:
    return LoanFacts(loan, dues.get(loan.pk, []), loan.scheduled)


def _dues(loans: Iterable[Loan]) -> dict[int, list[Due]]:
    dues: dict[int, list[Due]] = defaultdict(list)
    unpaid = Instalment.objects.filter(loan__in=[loan.pk for loan in loans], paid_on__isnull=True)
    for row in unpaid.order_by("due_on", "seq"):
        dues[row.loan_id].append(_due(row))
    return dues


def _due(row: Instalment) -> Due:
    return Due(
        row.due_on,
        max(row.principal_due - row.principal_paid, Decimal(0)),
        max(row.interest_due - row.interest_paid, Decimal(0)),
    )


def _guarantees(duties: Sequence[Duty]) -> dict[str, Guarantee]:
    """By ``loan_no/guarantor_no``, for the letters to guarantors."""
    to_guarantors = [duty for duty in duties if duty.code == NoticeKind.GUARANTOR_NOTICE]
    if not to_guarantors:
        return {}
    numbers = {no for duty in to_guarantors for no in duty.loan_nos}
    rows = Guarantee.objects.filter(loan__loan_no__in=numbers).select_related("loan")
    return {f"{row.loan.loan_no}/{row.guarantor_no}": row for row in rows}
