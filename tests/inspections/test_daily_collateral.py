"""The yearly check of collateral as the days open, move and close it (CLT-1, CLT-2)."""

from datetime import date
from typing import Any

import pytest

from duties.models import Duty
from inspections.rules import InspectionReadings
from loans.models import Borrower, Collateral, CollateralLoan, Loan, LoanChange
from tests.builders import EPOCH, build_borrower, build_instalment, build_loan, day
from tests.cast import Cast
from tests.inspections.books import close, contexts

pytestmark = pytest.mark.django_db


@pytest.fixture
def borrower(cast: Cast) -> Borrower:
    return build_borrower("B1", cast.branches["S01"], cast.rm_a)


def secure(collateral_no: str, *loans: Loan, checked: str | None = None) -> Collateral:
    collateral = Collateral.objects.create(
        collateral_no=collateral_no,
        kind="residential",
        last_checked_on=day(checked) if checked else None,
        updated_at=EPOCH,
    )
    CollateralLoan.objects.bulk_create(CollateralLoan(collateral=collateral, loan=loan) for loan in loans)
    return collateral


def run(first: str, last: str, **options: Any) -> None:
    for context in contexts(day(first), day(last), **options):
        close(context)


def later(first: str, last: str, *loans: Loan) -> None:
    """Days after going live on 1 June 2026, with these loans in play."""
    for loan in loans:
        LoanChange.objects.update_or_create(loan=loan, defaults={"cause": "import", "picked_on": None})
    run(first, last, started_on=date(2026, 6, 1))


def checks() -> list[tuple[Any, ...]]:
    duties = Duty.objects.filter(code="COLLATERAL_CHECK").order_by("subject_no", "period_key")
    return [(d.subject_no, d.period_key, str(d.due_on), d.state, d.close_reason) for d in duties]


def test_first_check_counts_from_disbursement_then_from_the_last_check(borrower: Borrower) -> None:
    new = build_loan("L1", borrower, disbursed="2025-06-10", matures="2028-06-10")
    secure("C1", new)
    secure("C2", new, checked="2025-12-31")
    run("2026-06-01", "2026-06-01")
    assert checks() == [
        ("C1", "2025-06-10", "2026-06-10", "open", ""),
        ("C2", "2025-12-31", "2026-12-31", "open", ""),
    ]
    duty = Duty.objects.get(subject_no="C1")
    assert (duty.opens_on, duty.loans, duty.borrower_no) == (day("2025-06-10"), "L1", "B1")
    assert duty.explanation["disbursed_on"] == "2025-06-10"


def test_nothing_due_before_going_live_is_opened(borrower: Borrower) -> None:
    secure("C1", build_loan("L1", borrower, disbursed="2025-05-31", matures="2028-06-10"))
    run("2026-06-01", "2026-06-02")
    assert checks() == []


def test_a_new_check_closes_the_duty_and_opens_the_next(borrower: Borrower) -> None:
    loan = build_loan("L1", borrower, disbursed="2025-06-10", matures="2028-06-10")
    collateral = secure("C1", loan)
    run("2026-06-01", "2026-06-01")
    Collateral.objects.filter(pk=collateral.pk).update(last_checked_on=day("2026-06-03"))
    later("2026-06-02", "2026-06-04", loan)
    assert checks() == [
        ("C1", "2025-06-10", "2026-06-10", "open", ""),
    ]
    later("2026-06-05", "2026-06-05", loan)
    assert checks() == [
        ("C1", "2025-06-10", "2026-06-10", "done", "evidence"),
        ("C1", "2026-06-03", "2027-06-03", "open", ""),
    ]
    assert Duty.objects.get(state="done").done_on == day("2026-06-03")


@pytest.mark.parametrize(
    ("matures", "owed"),
    [
        pytest.param("2026-08-31", False, id="CLT-2: 12 months"),
        pytest.param("2026-09-01", True, id="CLT-2: a day longer"),
    ],
)
def test_short_normal_loans_are_spared(borrower: Borrower, matures: str, *, owed: bool) -> None:
    secure("C1", build_loan("L1", borrower, disbursed="2025-08-31", matures=matures))
    run("2026-06-01", "2026-06-01")
    assert bool(checks()) is owed


def test_one_loan_that_is_not_exempt_is_enough(borrower: Borrower) -> None:
    short = build_loan("L1", borrower, disbursed="2026-01-10", matures="2026-12-10")
    long = build_loan("L2", borrower, disbursed="2025-07-10", matures="2030-07-10")
    secure("C1", short, long)
    run("2026-06-01", "2026-06-01")
    assert checks() == [("C1", "2025-07-10", "2026-07-10", "open", "")]
    assert Duty.objects.get(code="COLLATERAL_CHECK").loan_nos == ["L1", "L2"]


def test_the_term_counts_from_the_first_disbursement_across_renewals(borrower: Borrower) -> None:
    first = {"disbursed": "2025-07-01", "matures": "2025-12-31", "ended_on": day("2025-12-31")}
    build_loan("L1", borrower, **first)
    second = build_loan(
        "L2", borrower, disbursed="2025-12-31", matures="2026-03-31", ended_on=day("2026-03-31"),
        is_renewal=True, renewed_from_loan_no="L1",
    )  # fmt: skip
    renewed = {"disbursed": "2026-03-31", "is_renewal": True}
    within = build_loan("L3", borrower, matures="2026-07-01", renewed_from_loan_no="L2", **renewed)
    beyond = build_loan("L4", borrower, matures="2026-07-02", renewed_from_loan_no="L2", **renewed)
    unknown = build_loan("L5", borrower, matures="2026-07-01", renewed_from_loan_no="L0", **renewed)
    circle = build_loan("L6", borrower, matures="2026-07-01", renewed_from_loan_no="L6", **renewed)
    for number, loan in enumerate((within, beyond, unknown, circle), 1):
        secure(f"C{number}", loan, second)
    run("2026-06-01", "2026-06-01")
    assert checks() == [
        ("C2", "2025-07-01", "2026-07-01", "open", ""),
        ("C3", "2026-03-31", "2027-03-31", "open", ""),
        ("C4", "2026-03-31", "2027-03-31", "open", ""),
    ]


def test_the_exemption_ends_with_the_class_and_comes_back(borrower: Borrower) -> None:
    loan = build_loan("L1", borrower, disbursed="2025-12-10", matures="2026-12-10")
    secure("C1", loan)
    run("2026-06-01", "2026-06-01")
    loan.class_history.create(
        effective_on=day("2026-06-03"), classification="special_mention", source="approval"
    )
    loan.class_history.create(effective_on=day("2026-06-05"), classification="normal", source="approval")
    later("2026-06-02", "2026-06-04")
    assert checks() == [("C1", "2025-12-10", "2026-12-10", "open", "")]
    later("2026-06-05", "2026-06-05")
    assert checks() == [("C1", "2025-12-10", "2026-12-10", "lapsed", "exempt")]


def test_technical_overdue_ends_the_exemption_though_the_class_stays_normal(borrower: Borrower) -> None:
    loan = build_loan("L1", borrower, disbursed="2025-12-10", matures="2026-12-10", technical_overdue=True)
    build_instalment(loan, "2026-06-03", paid="2026-06-06")
    Loan.objects.update(oldest_unpaid_due_on=day("2026-06-03"))
    secure("C1", loan)
    run("2026-06-01", "2026-06-03")
    assert checks() == []
    later("2026-06-04", "2026-06-05")
    assert [row[3] for row in checks()] == ["open"]
    later("2026-06-06", "2026-06-06")
    assert checks() == [("C1", "2025-12-10", "2026-12-10", "lapsed", "exempt")]


def test_the_check_lapses_with_the_last_loan(borrower: Borrower) -> None:
    loan = build_loan("L1", borrower, disbursed="2025-07-10", matures="2030-07-10")
    secure("C1", loan)
    run("2026-06-01", "2026-06-01")
    Loan.objects.update(settled_on=day("2026-06-02"), ended_on=day("2026-06-02"))
    later("2026-06-02", "2026-06-02")
    assert checks() == [("C1", "2025-07-10", "2026-07-10", "lapsed", "ended")]


def test_once_in_every_calendar_year_where_the_bank_reads_it_so(borrower: Borrower) -> None:
    loan = build_loan("L1", borrower, disbursed="2026-02-10", matures="2028-06-10")
    secure("C1", loan)
    secure("C2", loan, checked="2026-03-31")
    run("2026-06-01", "2026-06-01", readings=InspectionReadings(collateral_interval="calendar_year"))
    assert [row[2] for row in checks()] == ["2026-12-31", "2027-12-31"]
