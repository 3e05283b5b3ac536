"""Repayment schedules (domain rules 3.1 to 3.3)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from core.periods import add_months

METHODS = ("equal_installment", "equal_principal", "interest_only", "bullet")
BASES = ("30/360", "act/360", "act/365")

CENT = Decimal("0.01")


@dataclass(frozen=True)
class ScheduleRow:
    """One instalment; `balance` is the principal outstanding after it."""

    n: int
    due: date
    principal: Decimal
    interest: Decimal
    payment: Decimal
    balance: Decimal


def to_cent(amount: Decimal) -> Decimal:
    """Rounded to two decimals, halves up (3.1)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def term_in_months(disbursed: date, matures: date) -> int:
    """The contract term in months, a part of a month counting as one (CAL-6: compared by date)."""
    months = (matures.year - disbursed.year) * 12 + matures.month - disbursed.month
    return months if add_months(disbursed, months) >= matures else months + 1


def amortisation_schedule(
    method: str,
    principal: Decimal,
    annual_rate_pct: Decimal,
    periods: int,
    start: date,
    interval_months: int,
    basis: str,
) -> list[ScheduleRow]:
    """The instalments of a loan disbursed on `start`, every `interval_months` months.

    Each is rounded to the cent and the last absorbs the difference, so that the principals
    add up exactly. `bullet` pays everything once, after all periods. Annuities count 30/360;
    the other methods count their interest by `basis`. ValueError for an unknown method or
    basis, fewer than one period, or an annuity on actual days.
    """
    if method not in METHODS or basis not in BASES or periods < 1 or interval_months < 1:
        raise ValueError(f"no schedule for {method}, {basis}, {periods} x {interval_months} months")
    if method == "equal_installment" and basis != "30/360":
        raise ValueError("an annuity counts its interest by 30/360")
    if method == "bullet":
        periods, interval_months = 1, periods * interval_months
    repay = _repayments(method, principal, annual_rate_pct / 1200 * interval_months, periods)
    rows, balance, since = [], principal, start
    for n in range(1, periods + 1):
        due = add_months(start, n * interval_months)
        interest = _interest(balance * annual_rate_pct, since, due, interval_months, basis)
        repaid = balance if n == periods else repay(interest)
        balance, since = balance - repaid, due
        rows.append(ScheduleRow(n, due, repaid, interest, repaid + interest, balance))
    return rows


def _repayments(method: str, principal: Decimal, rate: Decimal, n: int) -> Callable[[Decimal], Decimal]:
    """The principal of each instalment but the last, given its interest."""
    if method == "equal_principal":
        share = to_cent(principal / n)
        return lambda interest: share
    if method == "equal_installment":
        payment = _annuity(principal, rate, n)
        return lambda interest: payment - interest
    return lambda interest: Decimal("0.00")


def _annuity(principal: Decimal, rate: Decimal, n: int) -> Decimal:
    """A = P * r * (1 + r)^n / ((1 + r)^n - 1), rounded to the cent."""
    if not rate:
        return to_cent(principal / n)
    growth = (1 + rate) ** n
    return to_cent(principal * rate * growth / (growth - 1))


def _interest(yearly_pct: Decimal, since: date, until: date, months: int, basis: str) -> Decimal:
    """One period of yearly interest given in hundredths: by months, or by days, the first day in (3.2)."""
    if basis == "30/360":
        return to_cent(yearly_pct * months / 1200)
    return to_cent(yearly_pct * (until - since).days / (100 * int(basis.removeprefix("act/"))))
