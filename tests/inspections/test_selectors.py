"""Why a loan is spared a report, for the loan's page."""

from datetime import date
from typing import Any

import pytest

from core.periods import Period
from inspections.selectors import exemption_of, foreseen_reports, inspected_loan
from loans.models import Loan
from tests.builders import build_borrower, build_loan, day
from tests.cast import Cast

pytestmark = pytest.mark.django_db

HALF_YEAR = Period.from_key("2026H1")


@pytest.fixture
def loan(cast: Cast) -> Loan:
    borrower = build_borrower("B1", cast.branches["S01"], cast.rm_a)
    return build_loan("L1", borrower, disbursed="2026-01-31", matures="2026-07-31")


def downgraded(loan: Loan, on: str) -> Loan:
    loan.status_history.create(
        effective_on=day(on),
        regime="regular",
        classification="special_mention",
        previous_regime="regular",
        previous_classification="normal",
    )
    loan.classification = "special_mention"
    loan.save()
    return loan


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        pytest.param({}, "INS-7", id="short term"),
        pytest.param({"matures_on": date(2026, 8, 1)}, None, id="a day too long"),
        pytest.param({"matures_on": date(2026, 8, 1), "disbursed_on": date(2026, 4, 30)}, "INS-7", id="both"),
        pytest.param({"matures_on": date(2027, 8, 1), "disbursed_on": date(2026, 4, 30)}, "INS-8", id="new"),
        pytest.param({"is_renewal": True}, None, id="a renewal is not new"),
        pytest.param({"ended_on": date(2026, 6, 30)}, "INS-3", id="settled"),
    ],
)
def test_exemption_of(loan: Loan, changes: dict[str, Any], clause: str | None) -> None:
    for name, value in changes.items():
        setattr(loan, name, value)
    found = exemption_of(loan, HALF_YEAR)
    assert (found and found.clause) == clause
    assert found is None or found.reason


def test_a_downgrade_ends_the_exemption_and_calls_for_the_quarter(loan: Loan) -> None:
    downgraded(loan, "2026-05-11")
    assert exemption_of(loan, HALF_YEAR) is None
    assert exemption_of(loan, Period.from_key("2026Q2")) is None
    (report,) = foreseen_reports(loan, date(2026, 5, 1), date(2026, 6, 30))
    assert (report.report_type, report.due, report.exemption) == ("quarterly", date(2026, 7, 21), None)


def test_the_history_starts_with_what_was_in_force_before_the_first_change(loan: Loan) -> None:
    known = inspected_loan(downgraded(loan, "2026-05-11"))
    assert known.classes == [(date(2026, 1, 31), "normal"), (date(2026, 5, 11), "special_mention")]
    assert known.regimes == [(date(2026, 1, 31), "regular"), (date(2026, 5, 11), "regular")]
