"""Which dates a run looks at: late deliveries, repetition, catching up, blocks, going live."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collections_app.daily import STEPS
from duties.models import Duty
from loans.daily import pick_changes, put_away
from loans.models import Loan
from tests.builders import build_borrower, build_context, build_instalment, build_loan, day, each_day
from tests.cast import Cast
from tests.collections_app.stories import FACTS, close, duties, facts_changed, guarantee, run

pytestmark = pytest.mark.django_db


# --- deliveries


def test_days_without_delivery_are_judged_when_it_comes(loan: Loan) -> None:
    first = build_instalment(loan, "2026-03-18")
    build_instalment(loan, "2026-03-19")
    run("2026-03-16", "2026-03-20", judged_to="2026-03-17")
    assert [row[0] for row in duties()] == ["INTEREST_CHECK", "INTEREST_CHECK"]
    assert {row[-1] for row in duties()} == {"open"}
    first.paid_on = day("2026-03-19")
    first.save()
    facts_changed(loan)
    late = build_context("2026-03-21", previous="2026-03-20", started="2026-03-16", judged_to="2026-03-21")
    close(replace(late, judged_before=day("2026-03-17")))
    assert duties() == [
        ("BREACH_REPORT", "L1", "2026-03-18", "2026-03-19", "open"),
        ("BREACH_REPORT", "L1", "2026-03-19", "2026-03-20", "open"),
        ("DUN_INTEREST", "L1", "2026-03-18", "2026-03-25", "lapsed paid"),
        ("DUN_INTEREST", "L1", "2026-03-19", "2026-03-26", "open"),
        ("INTEREST_CHECK", "L1", "2026-03-18", "2026-03-18", "lapsed paid missed"),
        ("INTEREST_CHECK", "L1", "2026-03-19", "2026-03-19", "open"),
    ]


def test_a_loan_that_arrives_in_old_arrears_is_reported_once(cast: Cast) -> None:
    """As if it had been there when the bank went live; what was paid late long ago is history."""
    run("2026-03-16", "2026-03-17")
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    arrears = build_loan("L1", borrower, disbursed="2025-06-10", matures="2027-06-10")
    build_instalment(arrears, "2025-09-10", paid="2025-09-30")
    build_instalment(arrears, "2025-10-10")
    build_instalment(arrears, "2025-11-10")
    sound = build_loan("L2", borrower, disbursed="2025-06-10", matures="2027-06-10")
    build_instalment(sound, "2025-09-10", paid="2025-09-30")
    run("2026-03-18", "2026-03-19", started="2026-03-16")
    facts_changed(arrears, sound)
    run("2026-03-20", "2026-03-20", started="2026-03-16")
    assert duties("BREACH_REPORT") == [
        # The Saturday after the National Day holiday of 2025 was worked.
        ("L1", "2025-10-10", "2025-10-11", "open")
    ]


def test_a_payment_that_is_taken_back_opens_the_letters_again(cast: Cast) -> None:
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    loan = build_loan("L1", borrower, disbursed="2025-06-10", matures="2026-03-10")
    debt = build_instalment(loan, "2026-03-10", principal="100000.00", interest="0.00")
    guarantee(loan, "G1", "2026-09-10")
    letters = {"code__in": ["DUN_PRINCIPAL", "GUARANTOR_NOTICE", "GUARANTEE_EXPIRY", "LIMITATION_EXPIRY"]}

    def booked(paid: str | None) -> None:
        debt.paid_on = day(paid) if paid else None
        debt.save()
        facts_changed(loan)

    run("2026-03-09", "2026-03-12")
    booked("2026-03-13")
    run("2026-03-13", "2026-03-13", started="2026-03-09")
    assert {row[-1] for row in duties(**letters)} == {"lapsed paid"}
    booked(None)
    run("2026-03-14", "2026-03-14", started="2026-03-09")
    assert {row[-1] for row in duties(**letters)} == {"open"}
    assert len(duties(**letters)) == 4
    booked("2026-03-13")
    run("2026-03-15", "2026-03-15", started="2026-03-09")
    assert {row[-1] for row in duties(**letters)} == {"lapsed paid"}


def test_a_loan_that_is_delivered_late_is_judged_all_the_same(cast: Cast) -> None:
    run("2026-03-16", "2026-03-17")
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    loan = build_loan("L1", borrower, disbursed="2026-01-10", matures="2026-03-18")
    build_instalment(loan, "2026-03-17", paid="2026-03-17")
    build_instalment(loan, "2026-03-18", principal="100000.00", interest="0.00")
    other = build_loan("L2", borrower, disbursed="2026-01-10", matures="2027-01-10")
    build_instalment(other, "2026-04-08")
    close(build_context("2026-03-20", previous="2026-03-19", started="2026-03-16"))
    assert duties() == [
        ("BREACH_REPORT", "L1", "2026-03-18", "2026-03-19", "open"),
        ("DUN_PRINCIPAL", "L1", "2026-03-18", "2026-04-01", "open"),
        ("INTEREST_REMINDER", "L2", "2026-04-08", "2026-03-24", "open"),
        ("LIMITATION_EXPIRY", "L1", "2029-03-19", "2029-03-19", "open"),
    ]


def test_a_second_run_of_a_day_changes_nothing(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20")
    run("2026-03-19", "2026-03-20")
    before = list(Duty.objects.order_by("pk").values())
    facts_changed(loan)
    close(build_context("2026-03-20", previous="2026-03-19", started="2026-03-19"))
    assert list(Duty.objects.order_by("pk").values()) == before


def book_of_a_fortnight(cast: Cast) -> list[Loan]:
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    loans = [build_loan(f"L{n}", borrower, disbursed="2025-01-10", matures="2026-03-12") for n in range(4)]
    for n, loan in enumerate(loans):
        build_instalment(loan, f"2026-03-{10 + n}")
        build_instalment(loan, "2026-03-12", principal="100000.00", interest="0.00")
        guarantee(loan, "G1", "2026-09-12")
    return loans


PAYMENTS = (
    ("2026-03-10", "L0", 1),
    ("2026-03-13", "L0", 2),
    ("2026-03-13", "L1", 1),
    ("2026-03-16", "L2", 2),
)


def pay(on: str, loan_no: str, seq: int) -> None:
    loan = Loan.objects.get(loan_no=loan_no)
    loan.instalments.filter(seq=seq).update(paid_on=day(on))
    facts_changed(loan)


def snapshot() -> list[dict[str, Any]]:
    columns = [f.attname for f in Duty._meta.concrete_fields if f.name != "id"]
    return sorted(Duty.objects.values(*columns), key=lambda d: (d["code"], d["subject_no"], d["period_key"]))


def test_catching_up_equals_day_by_day(cast: Cast) -> None:
    loans = book_of_a_fortnight(cast)
    for context in each_day("2026-03-08", "2026-03-17"):
        for on, loan_no, seq in PAYMENTS:
            if day(on) == context.day:
                pay(on, loan_no, seq)
        close(context)
    day_by_day = snapshot()
    Duty.objects.all().delete()
    facts_changed(*loans)
    run("2026-03-08", "2026-03-17")
    assert snapshot() == day_by_day
    assert len(day_by_day) > 20


def test_blocks_of_branches_find_what_one_run_finds(cast: Cast) -> None:
    loans = book_of_a_fortnight(cast)
    other = build_borrower("C2", cast.branches["S03"], cast.rm_b)
    elsewhere = build_loan("M1", other, disbursed="2025-01-10", matures="2026-03-12")
    build_instalment(elsewhere, "2026-03-12", principal="100000.00")
    blocks = [
        (cast.branches["S01"].pk,),
        tuple(cast.branches[b].pk for b in ("H0", "B1", "B2", "S02", "S03")),
    ]
    run("2026-03-10", "2026-03-12")
    at_once = snapshot()
    Duty.objects.all().delete()
    facts_changed(*loans, elsewhere)
    for context in each_day("2026-03-10", "2026-03-12"):
        for step in (*FACTS, *(step for _, step in STEPS), put_away):
            for block in blocks:
                step(replace(context, branch_ids=block))
    assert snapshot() == at_once


def test_a_step_takes_few_statements_whatever_the_book(cast: Cast) -> None:
    loans = book_of_a_fortnight(cast)
    run("2026-03-10", "2026-03-11")
    pay("2026-03-12", "L1", 1)
    facts_changed(*loans)
    context = build_context("2026-03-12", previous="2026-03-11", started="2026-03-10")
    pick_changes(context)
    for name, step in STEPS:
        with CaptureQueriesContext(connection) as statements:
            step(context)
        looked_up = [q for q in statements if 'FROM "loans_loanchange" LIMIT 1' in q["sql"]]
        assert len(statements) - len(looked_up) <= 4, name


# --- going live


def test_going_live_opens_no_past_deadline_but_the_breach_the_month_and_living_dates(cast: Cast) -> None:
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    matured = build_loan(
        *("L1", borrower), disbursed="2024-01-10", matures="2026-01-10", delivered_class="substandard"
    )
    build_instalment(matured, "2025-12-20", paid="2026-01-05")
    build_instalment(matured, "2026-01-10", principal="100000.00")
    guarantee(matured, "G1", "2026-07-10")
    guarantee(matured, "G2", "2026-02-28")
    running = build_loan("L2", borrower, disbursed="2025-03-01", matures="2027-03-01")
    build_instalment(running, "2026-02-10")
    build_instalment(running, "2026-03-10")
    run("2026-03-12", "2026-03-12")
    assert duties() == [
        ("BREACH_REPORT", "L1", "2026-01-10", "2026-01-12", "open"),
        ("BREACH_REPORT", "L2", "2026-02-10", "2026-02-11", "open"),
        ("DUN_INTEREST", "L2", "2026-03-10", "2026-03-17", "open"),
        ("GUARANTEE_EXPIRY", "L1/G1", "2026-07-10", "2026-07-10", "open"),
        ("LIMITATION_EXPIRY", "L1", "2029-01-10", "2029-01-10", "open"),
        ("NPL_DUN", "C1", "2026-03", "2026-03-31", "open"),
    ]
