"""The synthetic book straight into the database: what an import of its first delivery would have left there.

`COPY` on PostgreSQL, `executemany` on SQLite. The next thing to do with it is the daily run of its date.
A test compares every table with what the import makes of the same book.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from django.contrib.auth.hashers import make_password
from django.core.management.color import no_style
from django.db import connection, models, transaction

from bench.book import CLASSES, CYCLES, KINDS, METHODS, REGIMES, SEGMENTS, Book, Table, add_months
from bench.files import LEVELS, LIABILITIES, ROLES, identity_numbers
from bench.text import Numbers, chunks, coded, dates, money, numbered, same
from core import clock
from core.models import BusinessDate
from core.staging import Staging
from loans.enums import DeliveryState, FactSource
from loans.models import (
    Borrower,
    Collateral,
    CollateralLoan,
    Delivery,
    Guarantee,
    Instalment,
    Loan,
    LoanChange,
    LoanClassification,
    LoanRegime,
    Repayment,
)
from org.models import Branch, RoleAssignment, User
from org.services import rebuild_paths, rebuild_role_holders

LONG = (Loan, Instalment, Repayment, Guarantee, LoanClassification, LoanRegime)
Columns = dict[str, list[Any]]
GUARANTEE_MONTHS = 6


class Fill:
    """One filling of an empty database."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.area = Staging()
        self.null = r"\N" if self.area.is_postgresql else None
        self.now = str(connection.ops.adapt_datetimefield_value(clock.now()))

    @transaction.atomic
    def run(self) -> None:
        """Fill every table; ValueError when the database holds a book already."""
        if Branch.objects.exists():
            raise ValueError("the database is not empty")
        if self.area.is_postgresql:
            # The book is consistent by construction; checking each reference would double the time.
            self.area.execute("SET LOCAL session_replication_role = replica")
        with without_indexes(self.area):
            for model, columns in self.tables():
                self.load(model, columns)
        self.renumber()
        rebuild_paths()
        rebuild_role_holders()
        self.open_business()

    def load(self, model: type[models.Model], columns: Columns) -> None:
        """Append rows; fields that are not given get their defaults."""
        length = len(next(iter(columns.values())))
        every = {}
        for field in model._meta.concrete_fields:
            given = field.name in columns
            if given or not isinstance(field, models.AutoField):
                every[field.column] = columns[field.name] if given else self.default(field, length)
        listed = ", ".join(map(str, every))
        self.area.load_encoded(f"{model._meta.db_table} ({listed})", list(every.values()))

    def default(self, field: "models.Field[Any, Any]", length: int) -> list[Any]:
        value = field.get_default()
        if value is None:
            return [self.null] * length
        return [self.flag(value) if isinstance(value, bool) else str(value)] * length

    def flag(self, value: bool) -> Any:
        return str(value).lower() if self.area.is_postgresql else value

    def days(self, days: Numbers) -> list[Any]:
        """Dates, null for those below 0."""
        return dates(days, missing=self.null)  # type: ignore[arg-type]

    def tables(self) -> Iterator[tuple[type[models.Model], Columns]]:
        """Every table in pieces, parents first."""
        book = self.book
        yield from self.organisation()
        for part in _parts(book.borrowers):
            yield Borrower, self.borrowers(part)
        for part in _parts(book.loans):
            yield Loan, self.loans(part)
            yield LoanChange, {"loan": ids(part["at"]), "cause": same("import", len(part["at"]))}
        for part in _parts({**book.instalments, "repaid": book.repaid}):
            yield Instalment, self.instalments(part)
        for part in _parts(book.instalments, np.flatnonzero(book.repaid)):
            yield Repayment, self.repayments(part)
        for part in _parts(book.guarantees):
            yield Guarantee, self.guarantees(part)
        for part in _parts(book.collaterals):
            yield Collateral, self.collaterals(part)
            yield CollateralLoan, {"collateral": ids(part["at"]), "loan": ids(part["loan"])}
        for part in _parts(_whole(book.classifications, book.loans, "classification")):
            yield LoanClassification, self.classifications(part)
        for part in _parts(_whole(book.regimes, book.loans, "regime")):
            yield LoanRegime, self.regimes(part)

    def organisation(self) -> Iterator[tuple[type[models.Model], Columns]]:
        (branches,), (staff,) = list(_parts(self.book.branches)), list(_parts(self.book.staff))
        yield (
            Branch,
            {
                "id": ids(branches["at"]),
                "branch_no": numbered("O", branches["at"], 3),
                "name": [f"Branch {n}" for n in branches["at"].tolist()],
                "level": coded(LEVELS, branches["level"]),
                "parent": [self.null if n < 0 else str(n + 1) for n in branches["parent"].tolist()],
            },
        )
        yield (
            User,
            {
                "id": ids(staff["at"]),
                "password": same(make_password(None), len(staff["at"])),
                "employee_no": numbered("E", staff["at"], 5),
                "name": [f"Employee {n}" for n in staff["at"].tolist()],
                "branch": ids(staff["branch"]),
            },
        )
        yield RoleAssignment, {"user": ids(staff["at"]), "role": coded(ROLES, staff["role"])}

    def borrowers(self, part: Table) -> Columns:
        firm = part["segment"] < 2
        return {
            "id": ids(part["at"]),
            "borrower_no": numbered("B", part["at"]),
            "name": [f"Borrower {n}" for n in part["at"].tolist()],
            "borrower_type": coded(("personal", "corporate"), firm.astype(int)),
            "segment": coded(SEGMENTS, part["segment"]),
            "id_no": identity_numbers(part["at"], firm),
            "industry": same("trade", len(part["at"])),
            "branch": ids(part["branch"]),
            "officer": ids(part["officer"]),
            "updated_at": same(self.now, len(part["at"])),
        }

    def loans(self, part: Table) -> Columns:
        n = len(part["at"])
        classes, regimes = coded(CLASSES, part["classification"]), coded(REGIMES, part["regime"])
        settled = part["settled_on"] >= 0
        today = str(self.book.on)
        return {
            "id": ids(part["at"]),
            "loan_no": numbered("L", part["at"]),
            "contract_no": numbered("H", part["at"]),
            "borrower": ids(part["borrower"]),
            "branch": ids(part["branch"]),
            "officer": ids(part["officer"]),
            "product": same("working_capital", n),
            "purpose": same("stock", n),
            "principal": money(part["principal"]),
            "balance": money(part["balance"]),
            "disbursed_on": dates(part["disbursed"]),
            "matures_on": dates(part["matures"]),
            "annual_rate_pct": money(part["rate_bp"]),
            "repayment_method": coded(METHODS, part["method"]),
            "interest_cycle": coded(CYCLES, part["cycle"]),
            "day_count": same("30/360", n),
            "delivered_regime": regimes,
            "delivered_class": classes,
            "settled_on": self.days(part["settled_on"]),
            "zero_balance_since": [today if s else self.null for s in settled.tolist()],
            "ended_on": self.days(part["settled_on"]),
            "first_seen_on": same(today, n),
            "oldest_unpaid_due_on": self.days(np.where(settled, -1, part["oldest_unpaid"])),
            "regime": regimes,
            "approved_class": classes,
            "classification": classes,
            "updated_at": same(self.now, n),
        }

    def instalments(self, part: Table) -> Columns:
        principal, interest = money(part["principal"]), money(part["interest"])
        repaid = part["repaid"].tolist()
        return {
            "loan": ids(part["loan"]),
            "seq": [str(n) for n in part["seq"].tolist()],
            "due_on": dates(part["due"]),
            "principal_due": principal,
            "interest_due": interest,
            "principal_paid": [p if done else "0" for p, done in zip(principal, repaid, strict=True)],
            "interest_paid": [i if done else "0" for i, done in zip(interest, repaid, strict=True)],
            "paid_on": self.days(np.where(part["repaid"], part["due"], -1)),
        }

    def repayments(self, part: Table) -> Columns:
        n = len(part["at"])
        return {
            "repayment_no": numbered("R", part["at"], 9),
            "loan": ids(part["loan"]),
            "paid_on": dates(part["due"]),
            "amount": money(part["principal"] + part["interest"]),
            "principal": money(part["principal"]),
            "interest": money(part["interest"]),
            "penalty": same("0.00", n),
            "channel": same("auto_debit", n),
        }

    def guarantees(self, part: Table) -> Columns:
        guarantor = part["loan"].astype(np.int64) * 2 + part["nth"]
        matures = self.book.loans["matures"][part["loan"]]
        statutory = add_months(matures, np.full(len(matures), GUARANTEE_MONTHS))
        return {
            "loan": ids(part["loan"]),
            "guarantor_no": numbered("G", guarantor),
            "name": [f"Guarantor {n}" for n in guarantor.tolist()],
            "guarantor_type": same("corporate", len(guarantor)),
            "liability": coded(LIABILITIES, part["liability"]),
            "amount": money(self.book.loans["principal"][part["loan"]]),
            "period_ends_on": self.days(part["ends"]),
            "expires_on": dates(np.where(part["ends"] >= 0, part["ends"], statutory)),
            "updated_at": same(self.now, len(guarantor)),
        }

    def collaterals(self, part: Table) -> Columns:
        n = len(part["at"])
        return {
            "id": ids(part["at"]),
            "collateral_no": numbered("C", part["loan"]),
            "kind": coded(KINDS, part["kind"]),
            "appraised_value": money(part["value"]),
            "appraised_on": dates(self.book.loans["disbursed"][part["loan"]]),
            "max_ltv_pct": same("60", n),
            "insured_until": dates(part["insured"]),
            "last_checked_on": self.days(part["checked"]),
            "updated_at": same(self.now, n),
        }

    def classifications(self, part: Table) -> Columns:
        told = part["told"].tolist()
        return {
            "loan": ids(part["loan"]),
            "effective_on": dates(part["on"]),
            "classification": coded(CLASSES, part["code"]),
            "reason": ["assessed" if by_history else "" for by_history in told],
            "source": [_source(by_history) for by_history in told],
        }

    def regimes(self, part: Table) -> Columns:
        return {
            "loan": ids(part["loan"]),
            "effective_on": dates(part["on"]),
            "regime": coded(REGIMES, part["code"]),
            "source": [_source(by_history) for by_history in part["told"].tolist()],
        }

    def renumber(self) -> None:
        """Let the numbering of new rows begin after those that came with numbers of their own."""
        filled = [Branch, User, Borrower, Loan, Collateral]
        for statement in connection.ops.sequence_reset_sql(no_style(), filled):
            self.area.execute(statement)

    def open_business(self) -> None:
        """The first delivery was applied: the bank works on its date."""
        BusinessDate.objects.create(current=self.book.on, started_on=self.book.on)
        Delivery.objects.create(
            business_date=self.book.on,
            digest="0" * 64,
            name="bench",
            state=DeliveryState.APPLIED,
            mode="all-or-nothing",
            received_at=clock.now(),
            finished_at=clock.now(),
        )


@contextmanager
def without_indexes(area: Staging) -> Iterator[None]:
    """The long tables lose their secondary indexes and get them back: quicker than keeping them current."""
    tables = ", ".join(f"'{model._meta.db_table}'" for model in LONG)
    if area.is_postgresql:
        no_constraint = "NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)"
        listed = (
            f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({tables}) AND {no_constraint}"
        )
    else:
        listed = f"SELECT name, sql FROM sqlite_master WHERE tbl_name IN ({tables}) AND type = 'index'"
        listed += " AND sql IS NOT NULL"
    indexes = area.rows(listed)
    for name, _definition in indexes:
        area.execute(f'DROP INDEX "{name}"')
    yield
    for _name, definition in indexes:
        area.execute(definition)


def fill(book: Book) -> None:
    """Put the book into the empty database of the settings."""
    # SQLite checks references row by row; PostgreSQL is told inside the transaction.
    with connection.constraint_checks_disabled():
        Fill(book).run()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def ids(positions: Numbers) -> list[str]:
    """Primary keys: positions counted from 1."""
    return [str(n + 1) for n in positions.tolist()]


def _source(by_history: bool) -> str:
    return str(FactSource.HISTORY_FILE if by_history else FactSource.LOAN_FILE)


def _parts(table: Table, rows: Numbers | None = None) -> Iterator[Table]:
    """The table, or the given rows of it, in pieces; `at` is the position of each row."""
    rows = np.arange(len(next(iter(table.values())))) if rows is None else rows
    for piece in chunks(len(rows)):
        at = rows[piece]
        yield {**{name: column[at] for name, column in table.items()}, "at": at}


def _whole(history: Table, loans: Table, column: str) -> Table:
    """The delivered history, and a row from disbursement on for every loan that has none."""
    silent = np.setdiff1d(np.arange(len(loans["k"])), history["loan"])
    return {
        "loan": np.concatenate([history["loan"], silent]),
        "on": np.concatenate([history["on"], loans["disbursed"][silent]]),
        "code": np.concatenate([history["code"], loans[column][silent]]),
        "told": np.repeat([True, False], [len(history["loan"]), len(silent)]),
    }
