"""Ratios and migration between classes (domain rules 2.3)."""

from decimal import Decimal

import pytest

from reports.rules import PortfolioLoan, ReportReadings, migration_rate, percent, portfolio

DEFAULT = ReportReadings()


def loan(open_class, open_balance, close_class, close_balance, days=0, overdue="0"):
    return PortfolioLoan(
        "", open_class, Decimal(open_balance), close_class, Decimal(close_balance), days, Decimal(overdue)
    )


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        pytest.param("1", "3", "33.33", id="rounded down"),
        pytest.param("1", "8", "12.50", id="exact"),
        pytest.param("1", "1600", "0.06", id="half rounds up"),
        pytest.param("1", "0", None, id="no whole"),
    ],
)
def test_percent(part, whole, expected):
    assert percent(Decimal(part), Decimal(whole)) == (expected and Decimal(expected))


def test_migration_rate_subtracts_what_left():
    assert migration_rate(Decimal(35), Decimal(800), Decimal(120)) == Decimal("5.15")


def test_portfolio_of_nothing():
    empty = portfolio([], Decimal(0), DEFAULT)
    assert (empty.total_balance, empty.npl_ratio, empty.matrix) == (0, None, {})
    assert set(empty.migration_rates.values()) == {None}


def test_portfolio_moves_and_leaves():
    figures = portfolio(
        [
            loan("normal", "100", "normal", "90"),
            loan("normal", "50", "special_mention", "50", days=10, overdue="5"),
            loan("normal", "30", None, "0"),
            loan("special_mention", "40", "substandard", "40", days=100, overdue="40"),
            loan(None, "0", "normal", "20"),
        ],
        Decimal(12),
        DEFAULT,
    )
    assert figures.total_balance == 200
    assert (figures.npl_balance, figures.npl_ratio) == (40, Decimal("20.00"))
    assert (figures.overdue_ratio, figures.overdue_90_to_npl) == (Decimal("45.00"), Decimal("100.00"))
    assert (figures.provision_coverage, figures.provision_to_loans) == (Decimal("30.00"), Decimal("6.00"))
    assert figures.matrix == {
        "normal": {"normal": 90, "special_mention": 50, "gone": 30},
        "special_mention": {"substandard": 40},
        "new": {"normal": 20},
    }
    assert figures.migration_rates == {
        "normal": Decimal("35.71"),
        "special_mention": Decimal("100.00"),
        "substandard": None,
        "doubtful": None,
        "composite": Decimal("22.22"),
    }


def test_growth_is_no_decrease():
    figures = portfolio(
        [loan("normal", "100", "normal", "150"), loan("normal", "100", "loss", "100")], Decimal(0), DEFAULT
    )
    assert figures.migration_rates["normal"] == Decimal("50.00")
