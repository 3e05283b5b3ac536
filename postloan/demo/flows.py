"""Bookings on borrowers' accounts: trade, wages, taxes, and where the loan money went."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random

from postloan.demo.book import Fact, Row
from postloan.demo.borrowers import Borrower
from postloan.demo.lending import Loan
from postloan.demo.people import Firm, firm
from postloan.demo.terms import ZERO
from postloan.demo.timeline import HORIZON, weeks, working_day
from postloan.demo.words import dice, words

TRADE_FROM = date(2026, 4, 1)
TRACED_FROM = date(2026, 4, 20)
ODD_USES = 23
"""Of so many loans the money of one comes back, and that of another goes where it must not."""


def flow_facts(borrower: Borrower, loans: list[Loan]) -> Iterator[Fact]:
    """Rows of account_flows.csv, each known on the day it is booked."""
    stream = dice("flows", borrower.no)
    flows = [*_uses(loans, stream), *(_trade(borrower, loans, stream) if borrower.is_firm else ())]
    for number, flow in enumerate(flows, start=1):
        booked_on = flow["booked_on"]
        if isinstance(booked_on, date) and booked_on <= HORIZON:
            yield booked_on, {**flow, "flow_no": f"LS{borrower.no}{number:04d}", "borrower_no": borrower.no}


def _trade(borrower: Borrower, loans: list[Loan], stream: Random) -> Iterator[Row]:
    """Each week a receipt and a payment or two; wages and taxes in the middle of the month."""
    lists = words()["flows"]
    monthly = sum((loan.terms.principal for loan in loans), ZERO) / 5
    for after, until in weeks(TRADE_FROM, HORIZON):
        weak = any(loan.is_bad(until) for loan in loans)
        if stream.random() < (0.3 if weak else 0.85):
            received = _share(monthly, 0.15, 0.4, stream)
            yield _flow(borrower, _within(after, stream), "in", received, "customers", stream)
        if stream.random() < 0.6:
            spent = _share(monthly, 0.1, 0.3, stream)
            yield _flow(borrower, _within(after, stream), "out", spent, "suppliers", stream)
        if any((after + timedelta(days=n)).day == 15 for n in range(7)):
            for purpose, share in (("salaries", 0.09), ("taxes", 0.035)):
                amount = _share(monthly, share * 0.9, share * 1.1, stream)
                yield {**_line(working_day(until), "out", amount), "purpose": lists[purpose]}


def _uses(loans: list[Loan], stream: Random) -> Iterator[Row]:
    """The entrusted payment of each young loan within five days; odd ones for a few."""
    lists = words()["flows"]
    for loan in loans:
        if loan.disbursed_on < TRACED_FROM:
            continue
        paid_on = working_day(loan.disbursed_on + timedelta(days=stream.randint(0, 4)))
        use = _flow(loan.borrower, paid_on, "out", loan.terms.principal, "disbursement", stream)
        odd = int(loan.loan_no[-4:]) % ODD_USES
        if odd == 1:
            use = {**use, "purpose": stream.choice(lists["suspicious"]), "counterparty_relation": None}
        yield {**use, "loan_no": loan.loan_no}
        if odd == 0:
            yield {
                **_flow(loan.borrower, paid_on + timedelta(days=9), "in", _most(loan), "backflow", stream),
                "loan_no": loan.loan_no,
                "counterparty_relation": lists["backflow_relation"],
            }


def _flow(
    borrower: Borrower, booked_on: date, direction: str, amount: Decimal, purpose: str, stream: Random
) -> Row:
    """A booking with another firm of the town."""
    lists = words()["flows"]
    partner = stream.choice(_partners(borrower.no, borrower.town))
    return {
        **_line(booked_on, direction, amount),
        "counterparty_name": partner.name,
        "counterparty_account": f"6299{stream.randrange(10**12):012d}",
        "counterparty_relation": lists["customer_relation" if direction == "in" else "supplier_relation"],
        "purpose": lists[purpose],
    }


@cache
def _partners(borrower_no: str, town: str) -> list[Firm]:
    """The firms that a borrower deals with."""
    stream = dice("partners", borrower_no)
    return [firm(town, stream, small=True) for _ in range(6)]


def _line(booked_on: date, direction: str, amount: Decimal) -> dict[str, str | Decimal | date]:
    return {"booked_on": booked_on, "direction": direction, "amount": amount}


def _share(of: Decimal, low: float, high: float, stream: Random) -> Decimal:
    return (of * Decimal(stream.uniform(low, high))).quantize(ZERO)


def _most(loan: Loan) -> Decimal:
    return (loan.terms.principal * 9 / 10).quantize(ZERO)


def _within(after: date, stream: Random) -> date:
    return working_day(after + timedelta(days=stream.randint(0, 4)))
