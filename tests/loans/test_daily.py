"""Dated facts, floors and status: figures from rule book 2.1 and 2.9."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loans.daily import FIRST_STEPS, pick_changes, put_away
from loans.models import FloorProposal, Loan, LoanChange, LoanClassification, LoanRegime, LoanStatus
from tests.builders import build_borrower, build_instalment, build_loan, day, each_day
from tests.cast import Cast

pytestmark = pytest.mark.django_db

ANALYZED = 3 if connection.vendor == "postgresql" else 2
STEPS = (*(run for _name, run in FIRST_STEPS), put_away)


def run(first: str, last: str, **options: Any) -> None:
    for context in each_day(first, last, **options):
        for step in STEPS:
            step(context)


@pytest.fixture
def loan(cast: Cast) -> Loan:
    borrower = build_borrower("B1", cast.branches["S01"], cast.rm_a)
    return build_loan("L1", borrower, disbursed="2026-01-10", matures="2027-01-10")


def floors(loan: Loan) -> list[tuple[Any, ...]]:
    return [
        (str(d), floor, days)
        for d, floor, days in loan.floors.order_by("effective_on").values_list(
            "effective_on", "floor_class", "days_past_due"
        )
    ]


def test_floor_follows_days_past_due_rule_book_2_9(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20")
    run("2026-03-19", "2027-03-17")
    assert floors(loan) == [
        ("2026-03-21", "special_mention", 1),
        ("2026-06-19", "substandard", 91),
        ("2026-12-16", "doubtful", 271),
        ("2027-03-16", "loss", 361),
    ]
    loan.refresh_from_db()
    assert (loan.floor_class, loan.classification, loan.approved_class) == ("loss", "loss", "normal")


def test_floor_lifts_on_the_day_of_payment(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20", paid="2026-04-02")
    build_instalment(loan, "2026-06-20")
    Loan.objects.update(oldest_unpaid_due_on=day("2026-03-20"))
    run("2026-03-19", "2026-04-03")
    assert floors(loan) == [("2026-03-21", "special_mention", 1), ("2026-04-02", "normal", 0)]
    loan.refresh_from_db()
    assert loan.oldest_unpaid_due_on == day("2026-06-20")
    assert loan.classification == "normal"


def test_facts_after_the_day_are_not_known_yet(loan: Loan) -> None:
    """The import knows the late payment already; the catch-up still sees the loan overdue before it."""
    build_instalment(loan, "2026-03-20", paid="2026-04-02")
    run("2026-03-25", "2026-03-25")
    loan.refresh_from_db()
    assert loan.oldest_unpaid_due_on == day("2026-03-20")
    assert loan.floor_class == "special_mention"


def test_technical_overdue_is_spared_for_seven_days(loan: Loan) -> None:
    Loan.objects.update(technical_overdue=True)
    build_instalment(loan, "2026-03-20")
    run("2026-03-19", "2026-04-02")
    assert floors(loan) == [("2026-03-28", "special_mention", 8)]


def test_a_person_may_only_go_lower_than_the_floor(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20")
    LoanClassification.objects.create(
        loan=loan, effective_on=day("2026-03-25"), classification="doubtful", source="approval"
    )
    LoanClassification.objects.create(
        loan=loan, effective_on=day("2026-03-28"), classification="normal", source="approval"
    )
    run("2026-03-19", "2026-03-26")
    assert Loan.objects.get().classification == "doubtful"
    run("2026-03-27", "2026-03-29", started="2026-03-19")
    assert Loan.objects.get().classification == "special_mention"


def test_nothing_is_judged_past_the_newest_delivery(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20")
    run("2026-03-19", "2026-03-24", judged_to="2026-03-20")
    assert floors(loan) == []
    run("2026-03-25", "2026-03-25", started="2026-03-19")
    assert floors(loan) == [("2026-03-25", "special_mention", 5)]


def test_ended_loans_get_no_floor(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20")
    Loan.objects.update(written_off_on=day("2026-03-20"), ended_on=day("2026-03-20"))
    run("2026-03-19", "2026-03-25")
    assert floors(loan) == []


def test_status_history_merges_regime_class_and_floor(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20")
    LoanClassification.objects.create(
        loan=loan, effective_on=day("2026-01-10"), classification="normal", source="loan_file"
    )
    LoanRegime.objects.create(loan=loan, effective_on=day("2026-01-10"), regime="regular", source="loan_file")
    LoanRegime.objects.create(loan=loan, effective_on=day("2026-03-23"), regime="key", source="history_file")
    run("2026-03-19", "2026-03-25")
    assert list(
        LoanStatus.objects.order_by("effective_on").values_list(
            "regime", "classification", "previous_regime", "previous_classification"
        )
    ) == [
        ("regular", "special_mention", "regular", "normal"),
        ("key", "special_mention", "regular", "special_mention"),
    ]


def test_back_dated_class_rewrites_the_history_after_it(loan: Loan) -> None:
    LoanClassification.objects.create(
        loan=loan, effective_on=day("2026-01-10"), classification="normal", source="loan_file"
    )
    LoanClassification.objects.create(
        loan=loan, effective_on=day("2026-03-10"), classification="substandard", source="history_file"
    )
    run("2026-03-09", "2026-03-15")
    LoanClassification.objects.create(
        loan=loan, effective_on=day("2026-02-01"), classification="special_mention", source="history_file"
    )
    LoanChange.objects.create(loan=loan, cause="import")
    run("2026-03-16", "2026-03-16", started="2026-03-09")
    assert [
        (str(d), previous, now)
        for d, previous, now in LoanStatus.objects.order_by("effective_on").values_list(
            "effective_on", "previous_classification", "classification"
        )
    ] == [("2026-02-01", "normal", "special_mention"), ("2026-03-10", "special_mention", "substandard")]


def test_a_change_that_arrives_during_the_day_waits_for_the_next_run(loan: Loan) -> None:
    context = next(each_day("2026-03-19", "2026-03-19"))
    pick_changes(context)
    LoanChange.objects.update(picked_on=None)
    put_away(context)
    assert LoanChange.objects.count() == 1


def test_second_run_of_the_steps_writes_nothing(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20")
    run("2026-03-19", "2026-03-21")
    before = list(FloorProposal.objects.values()), list(LoanStatus.objects.values())
    run("2026-03-21", "2026-03-21", started="2026-03-19")
    assert (list(FloorProposal.objects.values()), list(LoanStatus.objects.values())) == before


@pytest.mark.parametrize("loans", [1, 30])
def test_statements_do_not_grow_with_the_book(cast: Cast, loans: int) -> None:
    borrower = build_borrower("B1", cast.branches["S01"], cast.rm_a)
    for number in range(loans):
        loan = build_loan(f"L{number}", borrower, disbursed="2026-01-10", matures="2027-01-10")
        build_instalment(loan, "2026-03-20")
    contexts = list(each_day("2026-03-20", "2026-03-21"))
    for step in STEPS:
        step(contexts[0])
    counts = []
    for step in STEPS:
        with CaptureQueriesContext(connection) as queries:
            step(contexts[1])
        counts.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]))
    assert counts == [ANALYZED, 2, 3, 3, 2, 1]
