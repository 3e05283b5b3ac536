"""The products the demo bank lends, and the schedule that each gives."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from random import Random

from core.periods import add_months
from loans.rules.schedule import amortisation_schedule, to_cent
from loans.rules.status import Instalment
from postloan.demo.words import FOLDER

SETTLEMENT_DAY = 21
"""Interest settled on the 20th is collected on the 21st."""
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Product:
    """A line of data/products.csv; amounts in units of ten thousand yuan, terms in months."""

    code: str
    product: str
    segment: str
    method: str
    interval: int
    cycle: str
    basis: str
    settlement: bool
    terms: tuple[int, ...]
    low: int
    high: int
    rate_low: float
    rate_high: float
    weight: int

    def amount(self, dice: Random) -> Decimal:
        """A round principal; small ones are more frequent than large ones."""
        step = 1 if self.high <= 50 else 5 if self.high <= 500 else 50
        units = int(dice.triangular(self.low, self.high, self.low + (self.high - self.low) * 0.2))
        return Decimal(max(units // step * step, self.low) * 10_000).quantize(ZERO)

    def rate(self, dice: Random) -> Decimal:
        """A yearly rate in per cent, in steps of five basis points."""
        steps = dice.randint(round(self.rate_low * 20), round(self.rate_high * 20))
        return (Decimal(steps) / 20).quantize(ZERO)


@cache
def products() -> dict[str, Product]:
    """The products by code."""
    with (FOLDER / "products.csv").open(encoding="utf-8") as file:
        return {row["code"]: _product(row) for row in csv.DictReader(file)}


def _product(row: dict[str, str]) -> Product:
    return Product(
        code=row["code"],
        product=row["product"],
        segment=row["segment"],
        method=row["method"],
        interval=int(row["interval"]),
        cycle=row["cycle"],
        basis=row["basis"],
        settlement=row["settlement"] == "1",
        terms=tuple(map(int, row["terms"].split())),
        low=int(row["low"]),
        high=int(row["high"]),
        rate_low=float(row["rate_low"]),
        rate_high=float(row["rate_high"]),
        weight=int(row["weight"]),
    )


@dataclass(frozen=True)
class Terms:
    """What a loan contract says about money and time."""

    product: Product
    principal: Decimal
    rate_pct: Decimal
    disbursed_on: date
    months: int

    def schedule(self, matures_on: date | None = None) -> list[Instalment]:
        """The instalments by due date, to maturity or to another last day (of an extension)."""
        matures_on = matures_on or add_months(self.disbursed_on, self.months)
        if self.product.settlement:
            return list(self._settled(matures_on))
        rows = amortisation_schedule(
            self.product.method,
            self.principal,
            self.rate_pct,
            self.months // self.product.interval,
            self.disbursed_on,
            self.product.interval,
            self.product.basis,
        )
        return [Instalment(row.due, row.principal, row.interest) for row in rows]

    def interest(self, balance: Decimal, since: date, until: date) -> Decimal:
        """Interest on actual days, the first one in."""
        return to_cent(balance * self.rate_pct * (until - since).days / 36_000)

    def _settled(self, matures_on: date) -> Iterator[Instalment]:
        """Interest on the settlement days, principal at maturity or in steps for a custom schedule."""
        balance, since = self.principal, self.disbursed_on
        for due in _settlement_days(self.disbursed_on, matures_on, self.product.interval):
            repaid = self._step(due) if due < matures_on else balance
            yield Instalment(due, repaid, self.interest(balance, since, due))
            balance, since = balance - repaid, due

    def _step(self, due: date) -> Decimal:
        """A custom schedule repays 4 % of the principal each June and December after a year of grace."""
        custom = self.product.method == "custom"
        if custom and due.month in (6, 12) and due > add_months(self.disbursed_on, 12):
            return to_cent(self.principal * 4 / 100)
        return ZERO


def _settlement_days(disbursed_on: date, matures_on: date, interval: int) -> Iterator[date]:
    """The 21st of every month or quarter's last month in between, then the maturity."""
    due = add_months(disbursed_on, 1).replace(day=SETTLEMENT_DAY)
    while due < matures_on:
        if due.month % interval == 0:
            yield due
        due = add_months(due, 1)
    yield matures_on
