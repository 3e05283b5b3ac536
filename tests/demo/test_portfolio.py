"""The demo's deliveries are what a sound core system would send, and show what the demo must show."""

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from loans.rules import FloorStep, Instalment, Payment, allocate, is_id_no, loan_status
from loans.rules.overdue import BUCKETS
from postloan.demo.book import COLUMNS
from postloan.demo.portfolio import build, write_all
from postloan.demo.timeline import BUSINESS_DATE, DAILY_SINCE, FIRST_DELIVERY, HORIZON, LAST_DELIVERY, days

KEYS = {
    "branches": ("branch_no",),
    "staff": ("employee_no",),
    "groups": ("group_no",),
    "borrowers": ("borrower_no",),
    "loans": ("loan_no",),
    "regimes": ("loan_no", "effective_on"),
    "classifications": ("loan_no", "effective_on"),
    "guarantees": ("loan_no", "guarantor_no"),
    "collaterals": ("collateral_no", "loan_no"),
    "instalments": ("loan_no", "seq"),
    "repayments": ("repayment_no",),
    "account_flows": ("flow_no",),
    "financials": ("borrower_no", "period_end", "statement", "item"),
    "ratings": ("subject_no", "rated_on", "kind"),
    "indicators": ("borrower_no", "kind", "observed_on"),
}
REFERENCES = {
    "parent_no": ("branches", "branch_no"),
    "branch_no": ("branches", "branch_no"),
    "lead_branch_no": ("branches", "branch_no"),
    "officer_no": ("staff", "employee_no"),
    "group_no": ("groups", "group_no"),
    "borrower_no": ("borrowers", "borrower_no"),
    "loan_no": ("loans", "loan_no"),
    "renewed_from_loan_no": ("loans", "loan_no"),
}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return write_all(tmp_path_factory.mktemp("deliveries"), build())


@pytest.fixture(scope="module")
def deliveries(paths):
    """{date: {file: rows}} as read from the zips."""
    return {on: read(path) for on, path in paths.items()}


@pytest.fixture(scope="module")
def state(deliveries):
    """The book on the demo's last day, put together from the deliveries: {file: {key: row}}."""
    return book_at(deliveries, LAST_DELIVERY)


def read(path):
    with zipfile.ZipFile(path) as archive:
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in archive.namelist()
            if name.endswith(".csv")
        }


def key_of(file, row):
    return tuple(row[column] for column in KEYS[file])


def walk(deliveries):
    """(date, its files, the book after them) day by day; the book is the same object, growing."""
    book = defaultdict(dict)
    for on, files in sorted(deliveries.items()):
        renewed = {row["loan_no"] for row in files.get("instalments", ())}
        for key in [key for key in book["instalments"] if key[0] in renewed]:
            del book["instalments"][key]
        for file, rows in files.items():
            book[file].update({key_of(file, row): row for row in rows})
        yield on, files, book


def book_at(deliveries, until):
    *_, (_, _, book) = walk({on: files for on, files in deliveries.items() if on <= until})
    return book


def by_loan(rows):
    grouped = defaultdict(list)
    for row in rows.values():
        grouped[row["loan_no"]].append(row)
    return grouped


def money(cell):
    return Decimal(cell) if cell else None


def instalments_of(rows):
    return [
        Instalment(date.fromisoformat(r["due_on"]), money(r["principal_due"]), money(r["interest_due"]))
        for r in rows
    ]


def payments_of(rows):
    return [
        Payment(
            date.fromisoformat(r["paid_on"]),
            money(r["amount"]),
            money(r["principal"]),
            money(r["interest"]),
            money(r["penalty"]),
        )
        for r in rows
    ]


def test_deliveries_are_the_same_every_time(paths, tmp_path):
    again = write_all(tmp_path, build())
    assert {on: path.read_bytes() for on, path in again.items()} == {
        on: path.read_bytes() for on, path in paths.items()
    }


def test_there_is_a_delivery_for_every_week_and_then_for_every_day(paths):
    delivered = list(paths)
    assert (delivered[0], delivered[-1]) == (FIRST_DELIVERY, HORIZON)
    assert max(later - earlier for earlier, later in pairwise(delivered)) == timedelta(days=7)
    assert delivered[delivered.index(DAILY_SINCE) :] == days(DAILY_SINCE, HORIZON)


def test_manifest_gives_rows_hashes_and_sums(paths):
    for on, path in paths.items():
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            assert manifest["business_date"] == str(on)
            assert manifest["complete"] is True
            assert set(manifest["files"]) == set(archive.namelist()) - {"manifest.json"}
            for name, told in manifest["files"].items():
                content = archive.read(name)
                assert told["sha256"] == hashlib.sha256(content).hexdigest()
                assert told["rows"] == len(list(csv.DictReader(io.StringIO(content.decode()))))
        loans = read(path).get("loans", ())
        assert Decimal(manifest["control_totals"]["balance"]) == sum(Decimal(r["balance"]) for r in loans)
        assert Decimal(manifest["control_totals"]["principal"]) == sum(Decimal(r["principal"]) for r in loans)


def test_columns_are_those_of_the_contract(deliveries):
    for files in deliveries.values():
        for file, rows in files.items():
            assert tuple(rows[0]) == COLUMNS[file]


def test_no_key_comes_twice_in_a_file(deliveries):
    for on, files in deliveries.items():
        for file, rows in files.items():
            assert len({key_of(file, row) for row in rows}) == len(rows), (on, file)


def test_every_reference_is_known_by_its_day(deliveries):
    for on, files, book in walk(deliveries):
        for file, rows in files.items():
            for column in set(REFERENCES) & set(COLUMNS[file]):
                target, key = REFERENCES[column]
                known = {row[key] for row in book[target].values()}
                assert {row[column] for row in rows if row[column]} <= known, (on, file, column)


def test_rated_subjects_are_known(deliveries):
    book = book_at(deliveries, HORIZON)
    subjects = {k[0] for k in book["borrowers"]} | {"/".join(k) for k in book["guarantees"]}
    assert {row["subject_no"] for row in book["ratings"].values()} <= subjects


def test_identity_numbers_have_right_check_digits(state):
    for row in state["borrowers"].values():
        assert is_id_no(row["id_no"], row["borrower_type"]), row


def test_principal_of_instalments_adds_up_on_every_day(deliveries):
    for on, files, book in walk(deliveries):
        schedules = by_loan(book["instalments"])
        for row in files.get("loans", ()):
            due = sum(Decimal(i["principal_due"]) for i in schedules[row["loan_no"]])
            assert due == Decimal(row["principal"]), (on, row["loan_no"])


def test_balance_follows_from_the_repayments_on_every_day(deliveries):
    for on, files, book in walk(deliveries):
        schedules, payments = by_loan(book["instalments"]), by_loan(book["repayments"])
        for row in files.get("loans", ()):
            if row["written_off_on"]:
                continue
            settled = allocate(
                instalments_of(schedules[row["loan_no"]]), payments_of(payments[row["loan_no"]])
            )
            assert sum(s.principal.open for s in settled) == Decimal(row["balance"]), (on, row["loan_no"])


def test_dates_and_money_are_in_order(state):
    for row in state["loans"].values():
        assert row["disbursed_on"] < row["matures_on"]
        assert 0 <= Decimal(row["balance"]) <= Decimal(row["principal"])
        assert bool(row["settled_on"] or row["written_off_on"]) == (Decimal(row["balance"]) == 0)
        assert bool(row["original_matures_on"]) <= (row["original_matures_on"] < row["matures_on"])


def test_no_repayment_lies_after_its_delivery(deliveries):
    for on, files in deliveries.items():
        assert all(row["paid_on"] <= str(on) for row in files.get("repayments", ()))


def test_class_in_the_loan_file_is_that_of_the_history(state):
    history = by_loan(state["classifications"])
    for row in state["loans"].values():
        if entries := history.get(row["loan_no"]):
            newest = max(entries, key=lambda entry: entry["effective_on"])
            assert newest["classification"] == row["classification"], row["loan_no"]
            assert min(entry["effective_on"] for entry in entries) == row["disbursed_on"]


def test_every_bucket_class_method_regime_and_segment_occurs(state):
    schedules, payments = by_loan(state["instalments"]), by_loan(state["repayments"])
    live = [row for row in state["loans"].values() if Decimal(row["balance"])]
    floors = [FloorStep(1, "special_mention", "")]
    buckets = Counter(
        loan_status(
            instalments_of(schedules[row["loan_no"]]),
            payments_of(payments[row["loan_no"]]),
            LAST_DELIVERY,
            floors,
        ).bucket
        for row in live
    )
    assert set(buckets) == set(BUCKETS)
    assert buckets["M0"] > len(live) * 3 / 4
    assert {row["classification"] for row in live} == {
        *("normal", "special_mention", "substandard", "doubtful", "loss")
    }
    assert {row["repayment_method"] for row in live} == {
        *("equal_installment", "equal_principal", "interest_only", "bullet", "custom")
    }
    assert {row["interest_cycle"] for row in live} == {
        *("monthly", "quarterly", "half_yearly", "yearly", "at_maturity")
    }
    assert {row["regime"] for row in live} == {"regular", "key"}
    assert {row["segment"] for row in state["borrowers"].values()} == {
        *("corporate", "small_micro", "personal_business", "personal_consumption")
    }


def test_every_kind_of_security_and_ending_occurs(state):
    assert len({row["kind"] for row in state["collaterals"].values()}) == 10
    assert {row["liability"] for row in state["guarantees"].values()} == {"joint", "general", "unclear"}
    assert max(Counter(key[0] for key in state["guarantees"]).values()) == 3
    loans = state["loans"].values()
    for column in ("settled_on", "written_off_on", "transferred_on", "original_matures_on"):
        assert any(row[column] for row in loans), column
    assert any(row["is_renewal"] == "1" and row["renewed_from_loan_no"] for row in loans)
    a_year_ago, today = str(BUSINESS_DATE - timedelta(days=366)), str(BUSINESS_DATE)
    collaterals = state["collaterals"].values()
    assert any("" < row["last_checked_on"] < a_year_ago for row in collaterals)
    assert any("" < row["insured_until"] < today for row in collaterals)


def test_a_documented_technical_overdue_comes_and_goes(deliveries):
    flags = [row["technical_overdue"] for files in deliveries.values() for row in files.get("loans", ())]
    assert "1" in flags
    assert {row["technical_overdue"] for row in book_at(deliveries, HORIZON)["loans"].values()} == {"0"}


def test_a_smaller_book_has_what_was_asked_for():
    files = build(150, 220).delivery(None, HORIZON)
    assert (len(files["borrowers"]), len(files["loans"])) == (150, 220)
    assert len({row["name"] for row in files["borrowers"]}) == 150
