"""The benchmark's book: the same every time, and the same by import as by filling the tables."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from bench.book import BRANCHES, OFFICERS, days_of, make_book
from bench.files import write_day, write_delivery
from bench.fill import fill
from core.models import BusinessDate
from loans.models import (
    Borrower,
    Collateral,
    CollateralLoan,
    Guarantee,
    Instalment,
    Loan,
    LoanChange,
    LoanClassification,
    LoanRegime,
    Repayment,
)
from org.models import Branch, RoleAssignment, RoleHolder, User

SIZE = 300
NATURAL = {
    Branch: ("parent__branch_no",),
    User: ("branch__branch_no",),
    RoleAssignment: ("user__employee_no",),
    RoleHolder: ("user__employee_no", "branch__branch_no"),
    Borrower: ("branch__branch_no", "officer__employee_no"),
    Loan: ("borrower__borrower_no", "branch__branch_no", "officer__employee_no"),
    Instalment: ("loan__loan_no",),
    Repayment: ("loan__loan_no",),
    Guarantee: ("loan__loan_no",),
    Collateral: (),
    CollateralLoan: ("collateral__collateral_no", "loan__loan_no"),
    LoanClassification: ("loan__loan_no",),
    LoanRegime: ("loan__loan_no",),
    LoanChange: ("loan__loan_no",),
    BusinessDate: (),
}
PASSING = ("id", "password", "updated_at")


@pytest.fixture(scope="module")
def book():
    return make_book(SIZE)


def contents():
    """Every table as a set of rows, references by business number instead of by id."""
    return {
        model.__name__: sorted(model.objects.values_list(*columns(model, natural)), key=repr)
        for model, natural in NATURAL.items()
    }


def columns(model, natural):
    own = [f.name for f in model._meta.concrete_fields if not f.is_relation and f.name not in PASSING]
    return [*own, *natural]


def test_a_book_is_the_same_every_time(book):
    import numpy as np

    again = make_book(SIZE)
    for name in ("borrowers", "loans", "instalments", "guarantees", "collaterals"):
        for column, values in getattr(book, name).items():
            assert np.array_equal(values, getattr(again, name)[column]), (name, column)


def test_a_book_has_the_shape_that_was_asked_for():
    import numpy as np

    book = make_book(20_000)
    loans, today = book.loans, days_of(book.on)
    live = loans["settled_on"] < 0
    overdue = live & (loans["oldest_unpaid"] < today)
    assert len(book.branches["parent"]) == BRANCHES
    assert np.count_nonzero(book.staff["role"] == 0) == OFFICERS
    assert 11.5 < len(book.instalments["loan"]) / 20_000 < 12.1
    assert 0.014 < np.count_nonzero(overdue) / 20_000 < 0.02
    assert set(loans["classification"][live]) == {0, 1, 2, 3, 4}


def test_principal_of_instalments_adds_up(book):
    import numpy as np

    totals = np.bincount(book.instalments["loan"], weights=book.instalments["principal"])
    assert np.array_equal(totals.astype(np.int64), book.loans["principal"])
    assert (book.instalments["principal"] >= 0).all()


def test_a_one_per_cent_day_has_one_per_cent_of_the_loans(book, tmp_path):
    folder = write_day(book, tmp_path, share=0.01)
    assert len((folder / "loans.csv").read_text().splitlines()) == 1 + SIZE // 100


@pytest.mark.django_db
def test_filling_leaves_what_the_import_leaves(book, tmp_path):
    from loans.importers.delivery import import_delivery

    with transaction.atomic():
        fill(book)
        filled = contents()
        transaction.set_rollback(True)
    import_delivery(write_delivery(book, tmp_path))
    imported = contents()
    for table, rows in imported.items():
        assert filled[table] == rows, table


@pytest.mark.django_db
def test_the_next_day_can_be_imported_on_a_filled_book(book, tmp_path):
    from loans.importers.delivery import import_delivery

    fill(book)
    import_delivery(write_day(book, tmp_path))
    tomorrow = date(2026, 5, 26)
    assert tomorrow == book.on + timedelta(days=1)
    assert (
        Repayment.objects.filter(paid_on=tomorrow).count()
        == Instalment.objects.filter(paid_on=tomorrow).count()
    )
