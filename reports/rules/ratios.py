"""Supervisory ratios of a portfolio and the migration between classes (domain rules 2.3)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from core.readings import Readings, reading
from loans.rules import (
    DOUBTFUL,
    NORMAL,
    SPECIAL_MENTION,
    SUBSTANDARD,
    is_non_performing,
    severity,
)

NEW = "new"
GONE = "gone"
COMPOSITE = "composite"

Matrix = dict[str, dict[str, Decimal]]
"""Amounts by opening class (or `new`) and closing class (or `gone`); empty cells are absent."""

MIGRATING = (NORMAL, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL)
LONG_OVERDUE_DAYS = 90
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class ReportReadings(Readings):
    """The choices of the policy officer about figures."""

    migration_amount: str = reading("closing_balance", "opening_balance")
    overdue_amount: str = reading("whole_loan", "overdue_instalments_only")


DEFAULT_READINGS = ReportReadings()


@dataclass(frozen=True)
class PortfolioLoan:
    """One loan at both ends of a period; a class is None when it was not on the book."""

    loan_no: str
    open_class: str | None
    open_balance: Decimal
    close_class: str | None
    close_balance: Decimal
    overdue_days: int
    overdue_principal: Decimal

    @property
    def decrease(self) -> Decimal:
        """What was collected, disposed of or written off of the opening balance."""
        return max(self.open_balance - self.close_balance, ZERO) if self.open_class else ZERO


@dataclass(frozen=True)
class Flow:
    """The sums of all loans that went from one class (None: new) to another (None: gone)."""

    open_class: str | None
    close_class: str | None
    opening: Decimal
    closing: Decimal
    decrease: Decimal

    def is_down(self) -> bool:
        """Whether the loans were in a worse class at the close."""
        if self.open_class is None or self.close_class is None:
            return False
        return severity(self.close_class) > severity(self.open_class)

    def is_non_performing(self) -> bool:
        """Whether the loans were non-performing at the close."""
        return is_non_performing(self.close_class)


@dataclass(frozen=True)
class Portfolio:
    """Balances in money, ratios in percent with two decimals; None where the divisor is zero."""

    total_balance: Decimal
    npl_balance: Decimal
    npl_ratio: Decimal | None
    overdue_ratio: Decimal | None
    overdue_90_to_npl: Decimal | None
    provision_coverage: Decimal | None
    provision_to_loans: Decimal | None
    matrix: Matrix
    migration_rates: dict[str, Decimal | None]


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """Part of whole in percent, halves rounded up to two decimals; None when there is no whole."""
    if whole == 0:
        return None
    return (100 * part / whole).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def migration_rate(moved_down: Decimal, opening: Decimal, decrease: Decimal) -> Decimal | None:
    """What moved down, over what was there at the opening less what left in the period, in percent."""
    return percent(moved_down, opening - decrease)


def portfolio(loans: Sequence[PortfolioLoan], provisions: Decimal, readings: ReportReadings) -> Portfolio:
    """The figures of 2.3 for a portfolio with the provisions held against it."""
    flows = loan_flows(loans)
    total = _total(loan.close_balance for loan in loans)
    npl = _total(loan.close_balance for loan in loans if is_non_performing(loan.close_class))
    return Portfolio(
        total_balance=total,
        npl_balance=npl,
        npl_ratio=percent(npl, total),
        overdue_ratio=percent(_overdue_over(0, loans, readings), total),
        overdue_90_to_npl=percent(_overdue_over(LONG_OVERDUE_DAYS, loans, readings), npl),
        provision_coverage=percent(provisions, npl),
        provision_to_loans=percent(provisions, total),
        matrix=migration_matrix(flows, readings),
        migration_rates=migration_rates(flows, readings),
    )


def loan_flows(loans: Iterable[PortfolioLoan]) -> list[Flow]:
    """The loans summed by opening and closing class; a query may deliver the same sums."""
    groups: dict[tuple[str | None, str | None], list[PortfolioLoan]] = defaultdict(list)
    for loan in loans:
        groups[loan.open_class, loan.close_class].append(loan)
    return [
        Flow(
            open_class,
            close_class,
            opening=_total(loan.open_balance for loan in group),
            closing=_total(loan.close_balance for loan in group),
            decrease=_total(loan.decrease for loan in group),
        )
        for (open_class, close_class), group in groups.items()
    ]


def migration_matrix(flows: Iterable[Flow], readings: ReportReadings) -> Matrix:
    """The 5 x 5 matrix with a row for new loans and a column for those gone."""
    matrix: Matrix = defaultdict(dict)
    for flow in flows:
        if flow.open_class or flow.close_class:
            matrix[flow.open_class or NEW][flow.close_class or GONE] = _migrated(flow, readings)
    return dict(matrix)


def migration_rates(flows: Sequence[Flow], readings: ReportReadings) -> dict[str, Decimal | None]:
    """The rate of each class, and of normal and special mention together into non-performing."""
    rates = {c: _rate([f for f in flows if f.open_class == c], Flow.is_down, readings) for c in MIGRATING}
    performing = [f for f in flows if f.open_class in (NORMAL, SPECIAL_MENTION)]
    return {**rates, COMPOSITE: _rate(performing, Flow.is_non_performing, readings)}


def _rate(
    flows: Sequence[Flow], is_moved: Callable[[Flow], bool], readings: ReportReadings
) -> Decimal | None:
    return migration_rate(
        moved_down=_total(_migrated(flow, readings) for flow in flows if is_moved(flow)),
        opening=_total(flow.opening for flow in flows),
        decrease=_total(flow.decrease for flow in flows),
    )


def _migrated(flow: Flow, readings: ReportReadings) -> Decimal:
    """The amount that counts as migrated; loans that are gone count what they were."""
    if flow.close_class is None:
        return flow.opening
    if flow.open_class and readings.migration_amount == "opening_balance":
        return flow.opening
    return flow.closing


def _overdue_over(days: int, loans: Iterable[PortfolioLoan], readings: ReportReadings) -> Decimal:
    """The balance that counts as overdue by more than so many days."""
    overdue = [loan for loan in loans if loan.overdue_days > days]
    if readings.overdue_amount == "whole_loan":
        return _total(loan.close_balance for loan in overdue)
    return _total(loan.overdue_principal for loan in overdue)


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
