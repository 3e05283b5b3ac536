"""Financial statements and outside figures of the firms that borrow, in line with how they pay."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from loans.rules.classes import worst_class
from postloan.demo.book import Fact, Row
from postloan.demo.borrowers import Borrower
from postloan.demo.lending import Loan
from postloan.demo.terms import ZERO
from postloan.demo.timeline import HORIZON, month_ends, working_day
from postloan.demo.words import dice, words

# Period end, months of the year it covers, days after it by which the statements are in.
PERIODS = (
    (date(2024, 12, 31), 12, 110),
    (date(2025, 6, 30), 6, 50),
    (date(2025, 12, 31), 12, 110),
    (date(2026, 3, 31), 3, 40),
    (date(2026, 6, 30), 6, 24),
)
GROWTH = {"normal": (0.97, 1.16), "special_mention": (0.78, 0.98)}
SHRINKING = (0.52, 0.8)
SERIES_FROM = date(2025, 6, 30)
Figures = dict[str, Decimal]
Part = Callable[..., Decimal]
"""A random part of an amount, between two shares of it."""


def statement_facts(borrower: Borrower, loans: list[Loan]) -> Iterator[Fact]:
    """Rows of financials.csv with the day on which the borrower handed them in; some come late or not."""
    stream = dice("statements", borrower.no)
    scale = _turnover(loans, stream)
    for end, months, within in PERIODS:
        known_on = working_day(end + timedelta(days=stream.randint(within // 2, within)))
        scale *= Decimal(stream.uniform(*_growth(loans, end))) ** (Decimal(months) / 12)
        missing = stream.random() < 0.06 or known_on > HORIZON
        for statement, figures in _statements(scale, months, stream).items():
            for item, value in figures.items() if not missing else ():
                yield known_on, _figure(borrower, end, statement, item, value)


def indicator_facts(borrower: Borrower, loans: list[Loan]) -> Iterator[Fact]:
    """Rows of indicators.csv: monthly series of most firms, known twelve days after the month."""
    stream = dice("indicators", borrower.no)
    kinds = [kind for kind in words()["indicators"] if stream.random() < 0.6]
    turnover = float(_turnover(loans, stream))
    for end in month_ends(SERIES_FROM, HORIZON - timedelta(days=12)):
        turnover *= stream.uniform(*_growth(loans, end)) ** (1 / 6)
        for kind in kinds:
            if (value := _observed(kind, turnover, end, loans, stream)) is not None:
                yield end + timedelta(days=12), _observation(borrower, kind, end, value)


def _turnover(loans: list[Loan], stream: Random) -> Decimal:
    """A year's sales: some times what the firm owes."""
    owed = sum((loan.terms.principal for loan in loans), ZERO)
    return owed * Decimal(stream.randint(18, 55)) / 10


def _growth(loans: list[Loan], on: date) -> tuple[float, float]:
    return GROWTH.get(worst_class(loan.classification(on) for loan in loans), SHRINKING)


def _statements(turnover: Decimal, months: int, stream: Random) -> dict[str, Figures]:
    """The three statements of one period; the balance sheet balances."""

    def part(low: float, high: float, of: Decimal = turnover) -> Decimal:
        return (of * Decimal(stream.uniform(low, high))).quantize(ZERO)

    income = _income((turnover * months / 12).quantize(ZERO), part)
    sheet = _balance_sheet(part)
    cash = {
        "operating_in": part(0.95, 1.12, income["revenue"]),
        "operating_out": part(0.88, 1.08, income["revenue"]),
        "investing_net": -part(0.0, 0.08),
        "financing_net": part(-0.04, 0.06),
    }
    cash["operating_net"] = cash["operating_in"] - cash["operating_out"]
    return {"balance_sheet": sheet, "income": income, "cash_flow": cash}


def _income(revenue: Decimal, part: Part) -> Figures:
    lines = {
        "revenue": revenue,
        "cost": part(0.72, 0.88, revenue),
        "selling_and_administration": part(0.05, 0.1, revenue),
        "interest_expense": part(0.008, 0.03, revenue),
    }
    lines["gross_profit"] = revenue - lines["cost"]
    costs = lines["selling_and_administration"] + lines["interest_expense"]
    lines["profit_before_tax"] = lines["gross_profit"] - costs
    lines["tax"] = part(0.25, 0.25, max(lines["profit_before_tax"], ZERO))
    lines["net_profit"] = lines["profit_before_tax"] - lines["tax"]
    return lines


def _balance_sheet(part: Part) -> Figures:
    current = {
        "cash": part(0.03, 0.12),
        "receivables": part(0.12, 0.3),
        "prepayments": part(0.02, 0.06),
        "inventory": part(0.08, 0.22),
    }
    fixed = {"fixed_assets": part(0.15, 0.45), "intangible_assets": part(0.02, 0.1)}
    current_total = sum(current.values(), ZERO)
    assets = current_total + sum(fixed.values(), ZERO)
    short = {"short_term_debt": part(0.15, 0.35, assets), "payables": part(0.08, 0.2, assets)}
    short_total = sum(short.values(), ZERO)
    long_term = part(0.0, 0.2, assets)
    equity = assets - short_total - long_term
    capital = part(0.4, 0.7, equity)
    return {
        **current,
        "current_assets": current_total,
        **fixed,
        "total_assets": assets,
        **short,
        "current_liabilities": short_total,
        "long_term_debt": long_term,
        "total_liabilities": short_total + long_term,
        "paid_in_capital": capital,
        "retained_earnings": equity - capital,
        "equity": equity,
    }


def _figure(borrower: Borrower, end: date, statement: str, item: str, value: Decimal) -> Row:
    return {
        "borrower_no": borrower.no,
        "period_end": end,
        "statement": statement,
        "item": words()["statements"][statement][item],
        "value": value,
    }


def _observation(borrower: Borrower, kind: str, end: date, value: Decimal) -> Row:
    source = words()["indicators"][kind]
    return {"borrower_no": borrower.no, "kind": kind, "observed_on": end, "value": value, "source": source}


def _observed(kind: str, turnover: float, end: date, loans: list[Loan], stream: Random) -> Decimal | None:
    """The month's figure; debt elsewhere is asked for each quarter, lawsuits are counted."""
    month = turnover / 12 * stream.uniform(0.85, 1.15)
    figures = {
        "tax": month * 0.035,
        "power": month * 0.012,
        "customs": month * 0.3,
        "payroll": month * 0.09,
        "other_bank_short_term_debt": turnover * stream.uniform(0.08, 0.2),
        "litigation": stream.choice((0, 1, 2)) if any(loan.is_bad(end) for loan in loans) else 0,
    }
    asked = kind not in ("other_bank_short_term_debt", "litigation") or end.month % 3 == 0
    return Decimal(figures[kind]).quantize(ZERO) if asked else None
