"""How borrowers pay: the repayments that follow from a schedule and a borrower's conduct."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from loans.rules.schedule import to_cent
from loans.rules.status import Instalment, Payment
from postloan.demo.timeline import HORIZON

PENALTY_FACTOR = Decimal("1.5")
"""Penalty interest is half as much again as the contract's rate."""


@dataclass(frozen=True)
class Conduct:
    """A borrower's habits, and from which due date on nothing is paid, if so.

    `part`: the share of the first unpaid instalment that came all the same. `resumes_on`: the day on
    which all arrears are paid.
    """

    careless: bool = False
    stops_on: date | None = None
    part: Decimal = Decimal(0)
    resumes_on: date | None = None


@dataclass(frozen=True)
class Receipt:
    """One repayment with the channel it came through."""

    payment: Payment
    channel: str


def receipts(schedule: list[Instalment], rate_pct: Decimal, conduct: Conduct, dice: Random) -> list[Receipt]:
    """The repayments of a schedule up to the horizon, in order of date."""
    made = [
        receipt
        for instalment in schedule
        for receipt in _receipts_of(instalment, rate_pct, conduct, dice)
        if receipt.payment.paid_on <= HORIZON
    ]
    return sorted(made, key=lambda receipt: receipt.payment.paid_on)


def _receipts_of(
    instalment: Instalment, rate_pct: Decimal, conduct: Conduct, dice: Random
) -> Iterator[Receipt]:
    stopped = conduct.stops_on is not None and instalment.due_on >= conduct.stops_on
    if not stopped:
        yield _paid(instalment, instalment.due_on + timedelta(_delay(conduct, dice)), rate_pct, dice)
    elif conduct.resumes_on:
        yield _paid(instalment, max(instalment.due_on, conduct.resumes_on), rate_pct, dice)
    elif conduct.part and instalment.due_on == conduct.stops_on:
        amount = to_cent((instalment.principal + instalment.interest) * conduct.part)
        yield Receipt(Payment(instalment.due_on + timedelta(4), amount), "transfer")


def _delay(conduct: Conduct, dice: Random) -> int:
    """Days between due date and payment; a few pay before."""
    chance = dice.random()
    if conduct.careless:
        return dice.randint(1, 9) if chance < 0.14 else 0
    return -dice.randint(1, 3) if chance < 0.05 else 0


def _paid(instalment: Instalment, on: date, rate_pct: Decimal, dice: Random) -> Receipt:
    """The whole instalment in one payment: most are split by the core system, some are not."""
    due = instalment.principal + instalment.interest
    late = (on - instalment.due_on).days
    if late <= 0 and dice.random() < 0.85:
        return Receipt(Payment(on, due, instalment.principal, instalment.interest), "auto_debit")
    if late <= 3:
        return Receipt(Payment(on, due), dice.choice(("transfer", "counter")))
    penalty = to_cent(due * rate_pct * PENALTY_FACTOR * late / 36_000)
    payment = Payment(on, due + penalty, instalment.principal, instalment.interest, penalty)
    return Receipt(payment, "guarantor" if late > 30 and dice.random() < 0.3 else "transfer")
