"""Which instalments the payments settle, and the state that leaves the loan in.

One function of schedule, payments and date, used by import, daily run and pages alike
(domain rules 3.5; contracts section 2, repayments.csv).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loans.rules.classes import FloorStep
from loans.rules.overdue import overdue_class

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Instalment:
    """What is due on one day."""

    due_on: date
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True)
class Payment:
    """Money received on a day.

    Without a split it settles the oldest due first, interest before principal. Parts that
    the core system names settle only their own kind, oldest first; a penalty settles none.
    """

    paid_on: date
    amount: Decimal
    principal: Decimal | None = None
    interest: Decimal | None = None
    penalty: Decimal | None = None

    @property
    def unsplit(self) -> Decimal:
        """The part of the amount for which the core system names no purpose."""
        named = (self.principal or ZERO) + (self.interest or ZERO) + (self.penalty or ZERO)
        return max(self.amount - named, ZERO)


@dataclass(slots=True)
class Part:
    """The principal or the interest of an instalment, with what has been paid towards it."""

    due: Decimal
    paid: Decimal = ZERO
    paid_on: date | None = None
    """The date on which the part became fully paid; None while open or when nothing was due."""

    @property
    def open(self) -> Decimal:
        """What is still to be paid."""
        return self.due - self.paid

    def receive(self, money: Decimal, on: date) -> Decimal:
        """Pay as much as is open; what is left over."""
        taken = min(money, self.open)
        self.paid += taken
        if taken and not self.open:
            self.paid_on = on
        return money - taken


@dataclass(slots=True)
class SettledInstalment:
    """An instalment with what the payments did to it."""

    due_on: date
    principal: Part
    interest: Part

    @property
    def paid_on(self) -> date | None:
        """The date on which both parts were fully paid; the due date if nothing was due."""
        if self.principal.open or self.interest.open:
            return None
        return max((p.paid_on for p in (self.principal, self.interest) if p.paid_on), default=self.due_on)


@dataclass(frozen=True)
class LoanStatus:
    """The state of one loan at the close of a day; money in the loan's currency."""

    overdue_since: date | None
    days: int
    bucket: str
    minimum_class: str
    overdue_principal: Decimal
    overdue_interest: Decimal
    outstanding_principal: Decimal


def allocate(schedule: Iterable[Instalment], payments: Iterable[Payment]) -> list[SettledInstalment]:
    """What the payments settle, per instalment in order of due date.

    Money beyond the whole schedule is left over. Linear in instalments plus payments.
    """
    settled = [
        SettledInstalment(i.due_on, Part(i.principal), Part(i.interest))
        for i in sorted(schedule, key=lambda i: i.due_on)
    ]
    principal = _Queue([s.principal for s in settled])
    interest = _Queue([s.interest for s in settled])
    for payment in sorted(payments, key=lambda p: p.paid_on):
        interest.pay(payment.interest or ZERO, payment.paid_on)
        principal.pay(payment.principal or ZERO, payment.paid_on)
        _pay_oldest(payment.unsplit, payment.paid_on, interest, principal)
    return settled


def loan_status(
    schedule: Iterable[Instalment],
    payments: Iterable[Payment],
    as_of: date,
    floors: Iterable[FloorStep],
    *,
    technical: bool = False,
) -> LoanStatus:
    """The loan at the close of `as_of`; payments after it are not yet known.

    An instalment is overdue from the day after it is due; a part payment does not reset the
    count (3.5).
    """
    settled = allocate(schedule, (p for p in payments if p.paid_on <= as_of))
    overdue = [s for s in settled if s.paid_on is None and s.due_on < as_of]
    since = overdue[0].due_on if overdue else None
    state = overdue_class(since, as_of, floors, technical=technical)
    return LoanStatus(
        overdue_since=since,
        days=state.days,
        bucket=state.bucket,
        minimum_class=state.minimum_class,
        overdue_principal=sum((s.principal.open for s in overdue), ZERO),
        overdue_interest=sum((s.interest.open for s in overdue), ZERO),
        outstanding_principal=sum((s.principal.open for s in settled), ZERO),
    )


class _Queue:
    """The parts of one kind, oldest first, and the first of them that is still open."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.first = 0

    def pay(self, money: Decimal, on: date, stop: int | None = None) -> Decimal:
        """Settle part by part, before index `stop` if given; what is left over."""
        stop = len(self.parts) if stop is None else stop
        while self.first < stop:
            money = self.parts[self.first].receive(money, on)
            if self.parts[self.first].open:
                break
            self.first += 1
        return money


def _pay_oldest(money: Decimal, on: date, interest: _Queue, principal: _Queue) -> None:
    """Instalment by instalment, interest before principal."""
    while money and (n := min(interest.first, principal.first)) < len(principal.parts):
        money = interest.pay(money, on, stop=n + 1)
        money = principal.pay(money, on, stop=n + 1)
