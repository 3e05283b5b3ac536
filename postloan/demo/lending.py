"""One loan of the demo bank and what the core system says of it on a given day."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from loans.rules.classes import NORMAL, is_non_performing
from loans.rules.status import Instalment, SettledInstalment, allocate
from postloan.demo.book import Row
from postloan.demo.borrowers import Borrower
from postloan.demo.conduct import Receipt
from postloan.demo.terms import ZERO, Terms
from postloan.demo.words import words


@dataclass
class Loan:
    """A loan with its whole story up to the horizon.

    `schedules`: from which day on which schedule holds, oldest first. `classes` and `regimes`: histories
    by effective date, oldest first, starting at disbursement.
    """

    loan_no: str
    contract_no: str
    borrower: Borrower
    terms: Terms
    purpose: str
    matures_on: date
    schedules: list[tuple[date, list[Instalment]]]
    receipts: list[Receipt]
    renewed_from: str | None = None
    extended_on: date | None = None
    original_matures_on: date | None = None
    written_off_on: date | None = None
    transferred_on: date | None = None
    technical: tuple[date, date] | None = None
    judged: tuple[date, str] | None = None
    classes: list[tuple[date, str, str]] = field(default_factory=list)
    regimes: list[tuple[date, str]] = field(default_factory=list)

    @property
    def disbursed_on(self) -> date:
        return self.terms.disbursed_on

    @property
    def schedule(self) -> list[Instalment]:
        """The schedule that holds in the end."""
        return self.schedules[-1][1]

    @cached_property
    def settlement(self) -> list[SettledInstalment]:
        """What all payments up to the horizon settle of the final schedule."""
        return allocate(self.schedule, [r.payment for r in self.receipts])

    @cached_property
    def settled_on(self) -> date | None:
        """The day on which the last of the debt was paid."""
        days = [s.paid_on for s in self.settlement]
        return None if None in days or self.written_off_on else max(d for d in days if d)

    @cached_property
    def _unpaid_since(self) -> list[tuple[date, date]]:
        """(due, paid or far away) of instalments that were not paid in time."""
        pairs = ((s.due_on, s.paid_on or date.max) for s in self.settlement)
        return [(due, paid) for due, paid in pairs if paid > due]

    def days_past_due(self, on: date) -> int:
        """Days past due at the close of a day; 0 once settled or written off."""
        if self.written_off_on and on >= self.written_off_on:
            return 0
        late = [due for due, paid in self._unpaid_since if due < on < paid]
        return (on - min(late)).days if late else 0

    def balance(self, on: date) -> Decimal:
        """The outstanding principal at the close of a day."""
        if self.written_off_on and on >= self.written_off_on:
            return ZERO
        return self._outstanding(on)

    def _outstanding(self, on: date) -> Decimal:
        schedule = next(rows for since, rows in reversed(self.schedules) if since <= on)
        paid = [r.payment for r in self.receipts if r.payment.paid_on <= on]
        return sum((s.principal.open for s in allocate(schedule, paid)), ZERO)

    def classification(self, on: date) -> str:
        """The class that the core system holds at the close of a day."""
        place = bisect_right(self.classes, on, key=lambda entry: entry[0])
        return self.classes[place - 1][1] if place else NORMAL

    def regime(self, on: date) -> str:
        """The inspection regime at the close of a day."""
        place = bisect_right(self.regimes, on, key=lambda entry: entry[0])
        return self.regimes[place - 1][1]

    def is_live(self, on: date) -> bool:
        """Disbursed and neither settled nor written off at the close of a day."""
        ended = min(filter(None, (self.settled_on, self.written_off_on)), default=date.max)
        return self.disbursed_on <= on < ended

    def is_bad(self, on: date) -> bool:
        """Live and non-performing."""
        return self.is_live(on) and is_non_performing(self.classification(on))

    def change_dates(self) -> set[date]:
        """The days on which a column of the loan's row changes."""
        after_technical = self.technical and self.technical[1] + timedelta(days=1)
        single = (self.extended_on, self.written_off_on, self.transferred_on, after_technical)
        return {
            self.disbursed_on,
            *(r.payment.paid_on for r in self.receipts),
            *(entry[0] for entry in self.classes),
            *(entry[0] for entry in self.regimes),
            *filter(None, (*single, self.technical and self.technical[0])),
        }

    def row(self, on: date) -> Row:
        """The row of loans.csv at the close of a day."""
        product, borrower = self.terms.product, self.borrower
        return {
            "loan_no": self.loan_no,
            "contract_no": self.contract_no,
            "borrower_no": borrower.no,
            "branch_no": borrower.officer.branch_no,
            "officer_no": borrower.officer.user,
            "product": words()["products"][product.product],
            "purpose": self.purpose,
            "currency": "CNY",
            "principal": self.terms.principal,
            "balance": self.balance(on),
            "disbursed_on": self.disbursed_on,
            "annual_rate_pct": self.terms.rate_pct,
            "repayment_method": product.method,
            "interest_cycle": product.cycle,
            "day_count": product.basis,
            "regime": self.regime(on),
            "classification": self.classification(on),
            "is_renewal": self.renewed_from is not None,
            "renewed_from_loan_no": self.renewed_from,
            **self._maturity(on),
            **self._ending(on),
        }

    def _maturity(self, on: date) -> Row:
        if self.extended_on is None or on < self.extended_on:
            return {"matures_on": self.original_matures_on or self.matures_on}
        return {"matures_on": self.matures_on, "original_matures_on": self.original_matures_on}

    def _ending(self, on: date) -> Row:
        written_off = _by(self.written_off_on, on)
        technical = self.technical is not None and self.technical[0] <= on <= self.technical[1]
        return {
            "settled_on": _by(self.settled_on, on),
            "written_off_on": written_off,
            "written_off_amount": self._outstanding(written_off) if written_off else None,
            "transferred_on": _by(self.transferred_on, on),
            "technical_overdue": technical,
        }


def _by(event: date | None, on: date) -> date | None:
    """The date of an event that happened by the close of a day."""
    return event if event and event <= on else None
