"""The synthetic book as a core-banking delivery: the contract's CSV files with their manifest."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from bench.book import CLASSES, CYCLES, KINDS, METHODS, REGIMES, SEGMENTS, Book, Table, days_of
from bench.text import Numbers, chunks, coded, dates, money, numbered, same

LEVELS = ("head_office", "branch", "sub_branch", "sub_branch")
ROLES = ("relationship_manager", "supervisor", "post_loan_officer")
LIABILITIES = ("joint", "general", "unclear")
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
RESIDENT_CHECKS = "10X98765432"
Columns = dict[str, list[str]]


@dataclass(frozen=True)
class Source:
    """A file of the delivery: the table it comes from, the rows of it to take, and their columns."""

    table: Table
    rows: Numbers
    columns: Callable[[Book, Table], Columns]


def write_delivery(book: Book, folder: Path) -> Path:
    """The whole book as a folder of CSV files."""
    every = {name: _all(table) for name, table in _tables(book).items()}
    return _write(book, folder, book.on, {**every, "repayments": np.flatnonzero(book.repaid)})


def write_day(book: Book, folder: Path, *, after: int = 1, share: float = 1.0) -> Path:
    """What changes on the n-th day after the book's: what falls due that day is repaid, loan rows follow.

    `share` limits it to so many of all loans (0.01 for a delivery of 1 %): then those whose next due date
    comes first pay on this day, so that the number of loans is the same on any day.
    """
    on = days_of(book.on) + after
    payers = _payers(book, on, share)
    first = np.cumsum(book.loans["k"]) - book.loans["k"]
    paid = first[payers] + book.loans["instalments_paid"][payers]
    picked = {"loans": payers, "repayments": paid}
    return _write(_after(book, on, payers, paid), folder, book.on + timedelta(days=after), picked)


def _payers(book: Book, on: int, share: float) -> Numbers:
    """Loans in time whose next instalment is due; one of a hundred does not pay."""
    first = np.cumsum(book.loans["k"]) - book.loans["k"]
    live = np.flatnonzero((book.loans["settled_on"] < 0) & ~book.loans["overdue"])
    next_due = book.instalments["due"][first[live] + book.loans["instalments_paid"][live]]
    if share >= 1:
        return live[(next_due == on) & (live % 100 != 0)]
    soonest = np.argsort(next_due, kind="stable")[: int(len(first) * share)]
    return np.sort(live[soonest])


def _after(book: Book, on: int, payers: Numbers, paid: Numbers) -> Book:
    """The book when these loans have paid these instalments on the day."""
    lent, repaid = dict(book.loans), dict(book.instalments)
    for column in ("balance", "instalments_paid", "settled_on"):
        lent[column] = lent[column].copy()
    lent["balance"][payers] -= repaid["principal"][paid]
    lent["instalments_paid"][payers] += 1
    done = payers[lent["instalments_paid"][payers] == lent["k"][payers]]
    lent["settled_on"][done] = on
    repaid["due"] = repaid["due"].copy()
    repaid["due"][paid] = on
    return replace(book, loans=lent, instalments=repaid)


def _write(book: Book, folder: Path, on: date, picked: dict[str, Numbers]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, rows in picked.items():
        table = _tables(book)["instalments" if name == "repayments" else name]
        files[f"{name}.csv"] = _write_file(folder / f"{name}.csv", Source(table, rows, WRITERS[name]), book)
    loans = picked["loans"]
    totals = {name: money(book.loans[name][loans].sum(keepdims=True))[0] for name in ("balance", "principal")}
    manifest = {"business_date": str(on), "complete": True, "files": files, "control_totals": totals}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    return folder


def _write_file(path: Path, source: Source, book: Book) -> dict[str, int | str]:
    """The file, written in pieces; its rows and SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for text in _texts(source, book):
            content = text.encode()
            digest.update(content)
            file.write(content)
    return {"rows": len(source.rows), "sha256": digest.hexdigest()}


def _texts(source: Source, book: Book) -> Iterator[str]:
    header = False
    for piece in chunks(len(source.rows)):
        rows = source.rows[piece]
        part = {name: column[rows] for name, column in source.table.items()}
        columns = source.columns(book, {**part, "at": rows})
        if not header:
            header = True
            yield ",".join(columns) + "\n"
        yield "".join(f"{line}\n" for line in map(",".join, zip(*columns.values(), strict=True)))


def _tables(book: Book) -> dict[str, Table]:
    names = ("branches", "staff", "borrowers", "loans", "regimes", "classifications", "guarantees")
    return {name: getattr(book, name) for name in (*names, "collaterals", "instalments")}


def _all(table: Table) -> Numbers:
    return np.arange(len(next(iter(table.values()))))


def branch_columns(book: Book, part: Table) -> Columns:
    parents = numbered("O", part["parent"], 3)
    return {
        "branch_no": numbered("O", part["at"], 3),
        "name": [f"Branch {n}" for n in part["at"].tolist()],
        "level": coded(LEVELS, part["level"]),
        "parent_no": ["" if p < 0 else no for p, no in zip(part["parent"].tolist(), parents, strict=True)],
    }


def staff_columns(book: Book, part: Table) -> Columns:
    return {
        "employee_no": numbered("E", part["at"], 5),
        "name": [f"Employee {n}" for n in part["at"].tolist()],
        "branch_no": numbered("O", part["branch"], 3),
        "role": coded(ROLES, part["role"]),
        "email": same("", len(part["at"])),
    }


def borrower_columns(book: Book, part: Table) -> Columns:
    n, firm = len(part["at"]), part["segment"] < 2
    return {
        "borrower_no": numbered("B", part["at"]),
        "name": [f"Borrower {n}" for n in part["at"].tolist()],
        "borrower_type": coded(("personal", "corporate"), firm.astype(int)),
        "segment": coded(SEGMENTS, part["segment"]),
        "id_no": identity_numbers(part["at"], firm),
        "industry": same("trade", n),
        "branch_no": numbered("O", part["branch"], 3),
        "officer_no": numbered("E", part["officer"], 5),
    }


def loan_columns(book: Book, part: Table) -> Columns:
    n = len(part["at"])
    return {
        "loan_no": numbered("L", part["at"]),
        "contract_no": numbered("H", part["at"]),
        "borrower_no": numbered("B", part["borrower"]),
        "branch_no": numbered("O", part["branch"], 3),
        "officer_no": numbered("E", part["officer"], 5),
        "product": same("working_capital", n),
        "purpose": same("stock", n),
        "currency": same("CNY", n),
        "principal": money(part["principal"]),
        "balance": money(part["balance"]),
        "disbursed_on": dates(part["disbursed"]),
        "matures_on": dates(part["matures"]),
        "annual_rate_pct": money(part["rate_bp"]),
        "repayment_method": coded(METHODS, part["method"]),
        "interest_cycle": coded(CYCLES, part["cycle"]),
        "day_count": same("30/360", n),
        "regime": coded(REGIMES, part["regime"]),
        "classification": coded(CLASSES, part["classification"]),
        "is_renewal": same("0", n),
        "settled_on": dates(part["settled_on"]),
    }


def regime_columns(book: Book, part: Table) -> Columns:
    return {
        "loan_no": numbered("L", part["loan"]),
        "effective_on": dates(part["on"]),
        "regime": coded(REGIMES, part["code"]),
    }


def classification_columns(book: Book, part: Table) -> Columns:
    return {
        "loan_no": numbered("L", part["loan"]),
        "effective_on": dates(part["on"]),
        "classification": coded(CLASSES, part["code"]),
        "reason": same("assessed", len(part["loan"])),
    }


def guarantee_columns(book: Book, part: Table) -> Columns:
    guarantor = part["loan"].astype(np.int64) * 2 + part["nth"]
    return {
        "loan_no": numbered("L", part["loan"]),
        "guarantor_no": numbered("G", guarantor),
        "name": [f"Guarantor {n}" for n in guarantor.tolist()],
        "guarantor_type": same("corporate", len(guarantor)),
        "liability": coded(LIABILITIES, part["liability"]),
        "amount": money(book.loans["principal"][part["loan"]]),
        "period_ends_on": dates(part["ends"]),
    }


def collateral_columns(book: Book, part: Table) -> Columns:
    return {
        "collateral_no": numbered("C", part["loan"]),
        "loan_no": numbered("L", part["loan"]),
        "kind": coded(KINDS, part["kind"]),
        "appraised_value": money(part["value"]),
        "appraised_on": dates(book.loans["disbursed"][part["loan"]]),
        "max_ltv_pct": same("60", len(part["loan"])),
        "insured_until": dates(part["insured"]),
        "last_checked_on": dates(part["checked"]),
    }


def instalment_columns(book: Book, part: Table) -> Columns:
    return {
        "loan_no": numbered("L", part["loan"]),
        "seq": [str(n) for n in part["seq"].tolist()],
        "due_on": dates(part["due"]),
        "principal_due": money(part["principal"]),
        "interest_due": money(part["interest"]),
    }


def repayment_columns(book: Book, part: Table) -> Columns:
    return {
        "repayment_no": numbered("R", part["at"], 9),
        "loan_no": numbered("L", part["loan"]),
        "paid_on": dates(part["due"]),
        "amount": money(part["principal"] + part["interest"]),
        "principal": money(part["principal"]),
        "interest": money(part["interest"]),
        "penalty": same("0.00", len(part["loan"])),
        "channel": same("auto_debit", len(part["loan"])),
    }


WRITERS: dict[str, Callable[[Book, Table], Columns]] = {
    "branches": branch_columns,
    "staff": staff_columns,
    "borrowers": borrower_columns,
    "loans": loan_columns,
    "regimes": regime_columns,
    "classifications": classification_columns,
    "guarantees": guarantee_columns,
    "collaterals": collateral_columns,
    "instalments": instalment_columns,
    "repayments": repayment_columns,
}


def identity_numbers(positions: Numbers, firm: Numbers) -> list[str]:
    """Credit codes of firms and ID numbers of persons, numbered through, with right check digits."""
    numbers = [f"91990102{n:09d}" for n in positions.tolist()]
    digits = np.array([list(number) for number in numbers]).astype(np.int64).reshape(-1, 17)
    code = -(digits * [pow(3, i, 31) for i in range(17)]).sum(axis=1) % 31
    person = (digits * [pow(2, 17 - i, 11) for i in range(17)]).sum(axis=1) % 11
    checks = [
        CREDIT_ALPHABET[c] if f else RESIDENT_CHECKS[p] for c, p, f in zip(code, person, firm, strict=True)
    ]
    return [number + check for number, check in zip(numbers, checks, strict=True)]
