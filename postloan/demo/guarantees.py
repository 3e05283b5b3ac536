"""Who answers for the demo bank's loans: guarantees of every kind, several guarantors for some."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from core.periods import add_months
from postloan.demo.book import Fact, Row
from postloan.demo.lending import Loan
from postloan.demo.people import Firm, firm, person
from postloan.demo.terms import ZERO
from postloan.demo.timeline import BUSINESS_DATE, day
from postloan.demo.words import dice

CHANCE = {
    "working_capital": 0.7,
    "monthly_capital": 0.65,
    "trade_bill": 0.5,
    "fixed_asset": 0.4,
    "project": 0.6,
    "micro_instalment": 0.5,
    "micro_credit": 0.15,
    "operating": 0.3,
    "operating_instalment": 0.35,
    "housing": 0.05,
    "consumption": 0.12,
}
HOW_MANY = {1: 0.6, 2: 0.28, 3: 0.12}
LIABILITIES = {"joint": 0.7, "general": 0.15, "unclear": 0.15}


@dataclass(frozen=True)
class Guarantor:
    """Somebody who guarantees: a customer of the bank, the owner of a firm, or a stranger."""

    no: str
    name: str
    is_firm: bool
    phone: str
    address: str


def guarantee_rows(loans: Iterable[Loan]) -> Iterator[Fact]:
    """Rows of guarantees.csv with the day of the disbursement on which they became known."""
    for loan in loans:
        stream = dice("guarantees", loan.loan_no)
        if stream.random() < CHANCE[loan.terms.product.product]:
            number = stream.choices(list(HOW_MANY), list(HOW_MANY.values()))[0]
            for guarantor in _guarantors(loan, number, stream):
                yield loan.disbursed_on, _row(loan, guarantor, stream)


def _guarantors(loan: Loan, number: int, stream: Random) -> list[Guarantor]:
    """The owner of a firm first, then firms or friends."""
    owners = [_owner(loan, stream)] if loan.borrower.is_firm and stream.random() < 0.5 else []
    others = [_stranger(loan, n, stream) for n in range(number - len(owners))]
    return [*owners, *others]


def _owner(loan: Loan, stream: Random) -> Guarantor:
    """The legal representative, as a person the same for all loans of the firm."""
    who = loan.borrower.who
    home = person(loan.borrower.town, dice("owner", loan.borrower.no))
    name = who.representative if isinstance(who, Firm) else who.name
    return Guarantor(f"R{loan.borrower.no}", name, False, home.phone, home.address)


def _stranger(loan: Loan, n: int, stream: Random) -> Guarantor:
    number = f"D{loan.loan_no[-4:]}{n + 1}"
    if loan.borrower.is_firm and stream.random() < 0.75:
        other = firm(loan.borrower.town, stream, small=loan.borrower.segment == "small_micro")
        return Guarantor(number, other.name, True, other.phone, other.address)
    friend = person(loan.borrower.town, stream)
    return Guarantor(number, friend.name, False, friend.phone, friend.address)


def _row(loan: Loan, guarantor: Guarantor, stream: Random) -> Row:
    liability = stream.choices(list(LIABILITIES), list(LIABILITIES.values()))[0]
    share = Decimal(stream.choice((100, 100, 100, 50)))
    return {
        "loan_no": loan.loan_no,
        "guarantor_no": guarantor.no,
        "name": guarantor.name,
        "guarantor_type": "corporate" if guarantor.is_firm else "personal",
        "liability": liability,
        "amount": (loan.terms.principal * share / 100).quantize(ZERO),
        "period_ends_on": _period_end(loan, liability, stream),
        "phone": guarantor.phone,
        "address": guarantor.address,
    }


def _period_end(loan: Loan, liability: str, stream: Random) -> date | None:
    """Two or three years after maturity by agreement, soon for a loan that is unpaid; unclear has none."""
    matures_on = loan.original_matures_on or loan.matures_on
    agreed = add_months(matures_on, stream.choice((6, 24, 24, 36)))
    soon = day(stream.randint(6, 55))
    if liability == "unclear" or stream.random() < 0.1:
        return None
    unpaid = matures_on < BUSINESS_DATE and loan.days_past_due(BUSINESS_DATE) > 0
    return min(agreed, soon) if unpaid and stream.random() < 0.5 else agreed
