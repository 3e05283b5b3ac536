"""The set-based allocation says what the pure rule says, for any schedule and any repayments."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loans.models import Instalment, Loan, LoanChange, Repayment
from loans.rules import Instalment as Due
from loans.rules import Payment, allocate
from loans.services import rederive
from org.models import Branch
from tests.builders import build_borrower, build_loan

pytestmark = pytest.mark.django_db

START = dt.date(2026, 1, 1)
days = st.integers(0, 6).map(lambda n: START + dt.timedelta(days=n))
money = st.sampled_from([0, 0, 1, 100, 100, 150, 250]).map(lambda cents: Decimal(cents) / 100)
part = st.none() | money

instalments = st.lists(st.tuples(days, money, money), max_size=6)
unnamed = st.tuples(days, money, st.none(), st.none(), st.none())
named = st.builds(
    lambda on, p, i, x: (on, p + i + x, p, i, x),
    days,
    money,
    money,
    st.sampled_from([Decimal(0), Decimal("0.50")]),
)
anything = st.tuples(days, money, part, part, part)
payments = st.one_of(*(st.lists(kind, max_size=6) for kind in (unnamed, named, anything)))


@pytest.fixture
def loans(db):
    borrower = build_borrower("B-1", Branch.objects.create(branch_no="S01", name="S01", level="sub_branch"))
    return [build_loan(f"L{n}", borrower, disbursed="2026-01-01", matures="2026-12-31") for n in range(3)]


def store(loan, schedule, paid):
    Instalment.objects.bulk_create(
        Instalment(loan=loan, seq=n, due_on=on, principal_due=p, interest_due=i)
        for n, (on, p, i) in enumerate(schedule, 1)
    )
    Repayment.objects.bulk_create(
        Repayment(
            repayment_no=f"{loan.loan_no}-{n:03d}",
            loan=loan,
            paid_on=on,
            amount=amount,
            principal=p,
            interest=i,
            penalty=x,
        )
        for n, (on, amount, p, i, x) in enumerate(paid)
    )


def by_rule(schedule, paid):
    order = sorted(range(len(schedule)), key=lambda n: (schedule[n][0], n))
    settled = allocate([Due(*schedule[n]) for n in order], [Payment(*p) for p in paid])
    return {
        n + 1: (row.principal.paid, row.interest.paid, row.paid_on)
        for n, row in zip(order, settled, strict=True)
    }


def in_the_book(loan):
    rows = Instalment.objects.filter(loan=loan)
    return {seq: rest for seq, *rest in rows.values_list("seq", "principal_paid", "interest_paid", "paid_on")}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(st.tuples(instalments, payments), min_size=3, max_size=3))
def test_book_agrees_with_the_rule(loans, cases):
    Instalment.objects.all().delete()
    Repayment.objects.all().delete()
    for loan, (schedule, paid) in zip(loans, cases, strict=True):
        store(loan, schedule, paid)
    rederive(loan.pk for loan in loans)
    for loan, (schedule, paid) in zip(loans, cases, strict=True):
        assert {n: tuple(row) for n, row in in_the_book(loan).items()} == by_rule(schedule, paid)


def test_deriving_again_changes_nothing(loans):
    store(loans[0], [(START, Decimal(1), Decimal(1))], [(START, Decimal(2), None, None, None)])
    assert rederive([loans[0].pk]) == 1
    assert rederive([loans[0].pk]) == 0


def test_only_the_loans_that_are_named_are_derived(loans):
    for loan in loans:
        store(loan, [(START, Decimal(1), Decimal(0))], [(START, Decimal(1), None, None, None)])
    LoanChange.objects.all().delete()
    rederive([loans[1].pk], cause="repayment")
    paid = Instalment.objects.filter(paid_on__isnull=False)
    assert [row.loan_id for row in paid] == [loans[1].pk]
    assert list(LoanChange.objects.values_list("loan", "cause")) == [(loans[1].pk, "repayment")]


def test_a_loan_that_is_being_run_is_looked_at_again(loans):
    LoanChange.objects.update_or_create(loan=loans[0], defaults={"cause": "x", "picked_on": START})
    rederive([loans[0].pk])
    assert LoanChange.objects.get(loan=loans[0]).picked_on is None


def test_deriving_brings_the_end_of_a_loan_in_line(loans):
    Loan.objects.filter(pk=loans[0].pk).update(settled_on=START, ended_on=None)
    rederive([loans[0].pk])
    assert Loan.objects.get(pk=loans[0].pk).ended_on == START
