"""Ratings (RAT-1, RAT-3), group exchange (GRP-2), ledger year-end (LED-3)."""

from typing import Any

import pytest

from duties.models import Duty
from loans.models import BorrowerGroup, Guarantee, Loan, LoanChange, Rating
from loans.planners import STEPS
from tests.builders import EPOCH, build_borrower, build_loan, day, each_day
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def run(first: str, last: str, **options: Any) -> None:
    for context in each_day(first, last, **options):
        for _, step in STEPS:
            step(context)


def duties(code: str) -> list[tuple[str, ...]]:
    rows = Duty.objects.filter(code=code).order_by("period_key", "subject_no")
    return [(d.subject_no, d.period_key, str(d.opens_on), str(d.due_on), d.state) for d in rows]


@pytest.fixture
def loan(cast: Cast) -> Loan:
    borrower = build_borrower("B1", cast.branches["S01"], cast.rm_a)
    return build_loan("L1", borrower, disbursed="2025-01-10", matures="2028-01-10")


def guarantee(loan: Loan) -> Guarantee:
    return Guarantee.objects.create(
        loan=loan,
        guarantor_no="G1",
        name="Guarantor",
        guarantor_type="corporate",
        liability="joint",
        expires_on=day("2028-07-10"),
        updated_at=EPOCH,
    )


def test_annual_rating_for_borrower_and_guarantor_due_30_june(cast: Cast, loan: Loan) -> None:
    guarantee(loan)
    run("2025-12-28", "2026-01-02", started="2025-01-01")
    assert duties("RATING_ANNUAL") == [
        ("B1", "2026", "2025-12-31", "2026-06-30", "open"),
        ("L1/G1", "2026", "2025-12-31", "2026-06-30", "open"),
    ]
    assert set(Duty.objects.values_list("owner", flat=True)) >= {cast.rm_a.pk}


def test_going_live_takes_the_year_that_is_still_due(loan: Loan) -> None:
    run("2026-06-30", "2026-06-30")
    assert duties("RATING_ANNUAL") == [("B1", "2026", "2025-12-31", "2026-06-30", "open")]


def test_going_live_leaves_out_what_was_due_before(loan: Loan) -> None:
    run("2026-07-22", "2026-07-22")
    assert duties("RATING_ANNUAL") == []
    assert duties("RATING_QUARTERLY_REVIEW") == []


def test_rating_on_file_closes_on_its_date(loan: Loan) -> None:
    run("2025-12-28", "2026-03-01", started="2025-01-01")
    Rating.objects.create(subject_no="B1", rated_on=day("2026-03-02"), kind="formal", grade="A")
    run("2026-03-02", "2026-03-03", started="2025-01-01")
    rating = Duty.objects.get(code="RATING_ANNUAL")
    assert (rating.state, rating.done_on, rating.closed_on) == ("done", day("2026-03-02"), day("2026-03-02"))


def test_already_rated_borrower_owes_no_quarterly_review(loan: Loan) -> None:
    Rating.objects.create(subject_no="B1", rated_on=day("2026-02-11"), kind="review", grade="A")
    run("2026-03-28", "2026-04-02", started="2025-01-01")
    assert duties("RATING_QUARTERLY_REVIEW") == []


def test_quarterly_review_is_due_15_working_days_after_the_quarter(loan: Loan) -> None:
    run("2026-03-28", "2026-04-02", started="2025-01-01")
    assert duties("RATING_QUARTERLY_REVIEW") == [("B1", "2026Q1", "2026-03-31", "2026-04-22", "open")]


def test_rating_lapses_when_everything_is_settled(loan: Loan) -> None:
    run("2026-03-28", "2026-04-02", started="2025-01-01")
    Loan.objects.update(settled_on=day("2026-04-03"), ended_on=day("2026-04-03"))
    LoanChange.objects.get_or_create(loan=loan, defaults={"cause": "import"})
    run("2026-04-03", "2026-04-03", started="2025-01-01")
    review = Duty.objects.get(code="RATING_QUARTERLY_REVIEW")
    assert (review.state, review.close_reason, review.missed) == ("lapsed", "ended", False)


def test_group_exchange_goes_both_ways_between_lead_and_participant(cast: Cast) -> None:
    group = BorrowerGroup.objects.create(group_no="G9", name="Group", lead_branch=cast.branches["S01"])
    for number, branch in enumerate(("S01", "S03", "S03")):
        borrower = build_borrower(f"B{number}", cast.branches[branch], cast.rm_a, group=group)
        build_loan(f"L{number}", borrower, disbursed="2025-01-10", matures="2028-01-10")
    run("2026-06-28", "2026-07-01", started="2025-01-01")
    assert duties("GROUP_HALF_YEAR") == [
        ("G9/S01>S03", "2026H1", "2026-06-30", "2026-07-21", "open"),
        ("G9/S03>S01", "2026H1", "2026-06-30", "2026-07-21", "open"),
    ]


def test_single_branch_group_exchanges_nothing(cast: Cast) -> None:
    group = BorrowerGroup.objects.create(group_no="G9", name="Group", lead_branch=cast.branches["S01"])
    borrower = build_borrower("B1", cast.branches["S01"], cast.rm_a, group=group)
    build_loan("L1", borrower, disbursed="2025-01-10", matures="2028-01-10")
    run("2026-06-28", "2026-07-01", started="2025-01-01")
    assert duties("GROUP_HALF_YEAR") == []


def test_ledger_year_end_per_branch_with_loans(loan: Loan) -> None:
    run("2025-12-28", "2026-01-02", started="2025-01-01")
    assert duties("LEDGER_YEAR_END") == [("S01", "2025", "2025-12-31", "2026-01-29", "open")]


def test_second_run_opens_nothing(loan: Loan) -> None:
    run("2025-12-28", "2026-01-02", started="2025-01-01")
    before = Duty.objects.count()
    run("2025-12-30", "2025-12-30", started="2025-01-01")
    assert Duty.objects.count() == before
