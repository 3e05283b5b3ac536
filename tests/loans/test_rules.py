"""Class, overdue state, allocation, schedules and identity numbers (domain rules 2.1, 3.1 to 3.6)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.rules import (
    Instalment,
    Payment,
    allocate,
    amortisation_schedule,
    bucket,
    is_id_no,
    is_non_performing,
    loan_status,
    minimum_class,
    overdue_class,
    severity,
    term_in_months,
    worst_class,
)
from tests.handbook import FLOORS, day

MONTHS = ["2026-01-20", "2026-02-20", "2026-03-20", "2026-04-20"]


def money(text):
    return Decimal(text)


def schedule(principal="100.00", interest="10.00"):
    return [Instalment(day(due), money(principal), money(interest)) for due in MONTHS]


def paid(on, amount, **split):
    return Payment(day(on), money(amount), **{name: money(part) for name, part in split.items()})


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ([], "normal"),
        ([None], "normal"),
        (["normal", "loss", "doubtful"], "loss"),
        (["special_mention", None], "special_mention"),
    ],
)
def test_worst_class(classes, expected):
    assert worst_class(classes) == expected


def test_non_performing_begins_at_substandard():
    assert [is_non_performing(c) for c in (None, "normal", "special_mention", "substandard", "loss")] == [
        False, False, False, True, True,
    ]  # fmt: skip
    assert severity("normal") < severity("substandard")


@pytest.mark.parametrize(
    ("as_of", "days", "classification"),
    [
        pytest.param("2026-03-20", 0, "normal", id="3.5 DPD 0 on the due date"),
        pytest.param("2026-03-21", 1, "special_mention", id="2.1 from the first day"),
        pytest.param("2026-06-18", 90, "special_mention", id="2.9 90 is not over 90"),
        pytest.param("2026-06-19", 91, "substandard", id="2.9 scenario 2"),
        pytest.param("2026-12-15", 270, "substandard", id="2.1 270 is not over 270"),
        pytest.param("2026-12-16", 271, "doubtful", id="2.9 271"),
        pytest.param("2027-03-15", 360, "doubtful", id="2.1 360 is not over 360"),
        pytest.param("2027-03-16", 361, "loss", id="2.9 361"),
    ],
)
def test_overdue_class_of_2023(as_of, days, classification):
    overdue = overdue_class(day("2026-03-20"), day(as_of), FLOORS)
    assert (overdue.days, overdue.minimum_class) == (days, classification)


@pytest.mark.parametrize(
    ("days", "classification"),
    [
        pytest.param(7, "normal", id="2.1 carve-out up to 7 days"),
        pytest.param(8, "special_mention", id="2.1 carve-out ends"),
        pytest.param(91, "substandard", id="2.1 no carve-out from other steps"),
    ],
)
def test_minimum_class_of_technical_arrears(days, classification):
    assert minimum_class(days, FLOORS, technical=True) == classification


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        (0, 0, "M0"),
        (1, 30, "M1"),
        (31, 60, "M2"),
        (61, 90, "M3"),
        (91, 120, "M4"),
        (121, 150, "M5"),
        (151, 180, "M6"),
        (181, 9999, "M6+"),
    ],
)
def test_bucket_edges(first, last, name):
    assert {bucket(first), bucket(last)} == {name}


def test_status_of_a_part_payment_keeps_the_count():
    status = loan_status(schedule(), [paid("2026-02-01", "60.00")], day("2026-03-01"), FLOORS)
    assert (status.overdue_since, status.days, status.bucket) == (day("2026-01-20"), 40, "M2")
    assert (status.overdue_interest, status.overdue_principal) == (money("10.00"), money("150.00"))
    assert status.outstanding_principal == money("350.00")


def test_status_ignores_payments_after_the_day():
    before = loan_status(schedule(), [paid("2026-02-21", "220.00")], day("2026-02-20"), FLOORS)
    after = loan_status(schedule(), [paid("2026-02-21", "220.00")], day("2026-02-21"), FLOORS)
    assert (before.days, after.days) == (31, 0)


def test_status_without_schedule():
    status = loan_status([], [paid("2026-02-21", "1.00")], day("2026-03-01"), FLOORS)
    assert (status.overdue_since, status.minimum_class, status.outstanding_principal) == (None, "normal", 0)


def test_status_of_technical_arrears():
    status = loan_status(schedule(), [], day("2026-01-27"), FLOORS, technical=True)
    assert (status.days, status.bucket, status.minimum_class) == (7, "M1", "normal")


def test_allocate_settles_interest_before_principal_and_oldest_first():
    first, second, *_ = allocate(schedule(), [paid("2026-02-25", "115.00")])
    assert (first.paid_on, first.interest.paid_on) == (day("2026-02-25"), day("2026-02-25"))
    assert (second.interest.paid, second.principal.paid, second.paid_on) == (money("5.00"), 0, None)


def test_allocate_dates_each_part_by_the_payment_that_completed_it():
    first, *_ = allocate(schedule(), [paid("2026-01-20", "10.00"), paid("2026-01-30", "100.00")])
    assert (first.interest.paid_on, first.principal.paid_on) == (day("2026-01-20"), day("2026-01-30"))
    assert first.paid_on == day("2026-01-30")


def test_allocate_paid_early_counts_from_the_payment():
    interest_only = [Instalment(day("2026-01-20"), money("0.00"), money("10.00"))]
    assert allocate(interest_only, [paid("2026-01-18", "10.00")])[0].paid_on == day("2026-01-18")


def test_allocate_nothing_due_is_settled_at_its_date():
    nothing = [Instalment(day("2026-01-20"), money("0.00"), money("0.00"))]
    assert allocate(nothing, [])[0].paid_on == day("2026-01-20")


def test_allocate_follows_the_split_of_the_core_system():
    first, second, *_ = allocate(
        schedule(), [paid("2026-02-25", "145.00", principal="130.00", penalty="15.00")]
    )
    assert (first.principal.open, first.interest.open) == (0, money("10.00"))
    assert (second.principal.open, second.interest.open) == (money("70.00"), money("10.00"))


def test_allocate_settles_the_rest_of_a_split_oldest_first():
    first, second, *_ = allocate(schedule(), [paid("2026-02-25", "130.00", penalty="15.00")])
    assert (first.paid_on, second.interest.paid) == (day("2026-02-25"), money("5.00"))


def test_allocate_mixes_split_and_unsplit_payments():
    first, second, *_ = allocate(
        schedule(), [paid("2026-01-10", "20.00", interest="20.00"), paid("2026-02-25", "150.00")]
    )
    assert (first.interest.paid_on, first.paid_on) == (day("2026-01-10"), day("2026-02-25"))
    assert (second.interest.open, second.principal.open) == (0, money("50.00"))


def test_allocate_leaves_over_what_exceeds_the_schedule():
    settled = allocate(schedule(), [paid("2026-02-25", "999.00")])
    assert all(s.paid_on == day("2026-02-25") for s in settled)


cents = st.integers(0, 30000).map(lambda n: Decimal(n) / 100)


@given(
    st.lists(st.tuples(cents, cents), max_size=6), st.lists(st.tuples(st.integers(0, 200), cents), max_size=6)
)
def test_allocate_neither_makes_nor_loses_money(rows, receipts):
    start = day("2026-01-20")
    instalments = [Instalment(start + timedelta(days=30 * n), p, i) for n, (p, i) in enumerate(rows)]
    payments = [Payment(start + timedelta(days=n), amount) for n, amount in receipts]
    settled = allocate(instalments, payments)
    paid_in = sum((s.principal.paid + s.interest.paid for s in settled), Decimal(0))
    assert paid_in == min(sum(a for _, a in receipts), sum(p + i for p, i in rows))
    touched = [s.principal.paid + s.interest.paid > 0 for s in settled if s.paid_on is None]
    assert sum(touched) <= 1, "only the oldest open instalment may be partly paid"


def test_schedule_of_the_rule_book_example():
    rows = amortisation_schedule(
        "equal_installment", money("120000"), money("4.8"), 12, day("2026-01-20"), 1, "30/360"
    )
    assert [row.payment for row in rows[:11]] == [money("10261.90")] * 11
    assert sum(row.principal for row in rows) == money("120000")
    assert rows[-1].balance == 0


@pytest.mark.parametrize(
    ("basis", "interest"),
    [
        pytest.param("act/360", "11116.67", id="3.3 act/360"),
        pytest.param("30/360", "10875.00", id="3.3 30/360"),
    ],
)
def test_schedule_interest_by_day_count(basis, interest):
    start = day("2025-06-20") if basis == "act/360" else day("2026-01-20")
    (row,) = amortisation_schedule("bullet", money("1000000"), money("4.35"), 1, start, 3, basis)
    assert row.interest == money(interest)


@pytest.mark.parametrize(
    "odd",
    [
        {"method": "balloon"},
        {"basis": "act/366"},
        {"periods": 0},
        {"interval_months": 0},
        {"method": "equal_installment", "basis": "act/360"},
    ],
)
def test_schedule_refuses_what_it_cannot_compute(odd):
    sound = {"method": "bullet", "principal": money("1"), "annual_rate_pct": money("1"), "periods": 1,
             "start": day("2026-01-20"), "interval_months": 1, "basis": "30/360"}  # fmt: skip
    with pytest.raises(ValueError, match=r"schedule|annuity"):
        amortisation_schedule(**{**sound, **odd})


@pytest.mark.parametrize(
    ("disbursed", "matures", "months"),
    [
        pytest.param("2025-08-31", "2026-02-28", 6, id="CAL-6 clipped month end"),
        pytest.param("2025-08-31", "2026-03-01", 7, id="CAL-6 a day more"),
        pytest.param("2025-08-27", "2026-02-28", 7, id="CAL-6 a day more at the month end"),
        pytest.param("2026-01-15", "2026-01-15", 0, id="same day"),
        pytest.param("2026-01-15", "2026-01-16", 1, id="a part counts as a month"),
    ],
)
def test_term_in_months(disbursed, matures, months):
    assert term_in_months(day(disbursed), day(matures)) == months


@pytest.mark.parametrize(
    ("id_no", "borrower_type", "is_sound"),
    [
        pytest.param("91350100M000100Y43", "corporate", True, id="GB 32100 published example"),
        pytest.param("91350100M000100Y44", "corporate", False, id="GB 32100 wrong check character"),
        pytest.param("91350100I000100Y43", "corporate", False, id="GB 32100 letter I does not exist"),
        pytest.param("91350100M000100Y4", "corporate", False, id="GB 32100 too short"),
        pytest.param("11010519491231002X", "personal", True, id="GB 11643 published example"),
        pytest.param("11010519491231002x", "personal", True, id="GB 11643 small x"),
        pytest.param("110105194912310021", "personal", False, id="GB 11643 wrong check digit"),
        pytest.param("1101051949123100２X", "personal", False, id="GB 11643 full-width digit"),
        pytest.param("91350100M000100Y43", "personal", False, id="a company is no person"),
        pytest.param("", "corporate", False, id="empty"),
    ],
)
def test_is_id_no(id_no, borrower_type, is_sound):
    assert is_id_no(id_no, borrower_type) == is_sound
