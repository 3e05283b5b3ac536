"""``import_core`` and ``reconcile`` as an operator meets them; a kill leaves the book as it was."""

import json
import random
import sqlite3
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import translation

from bench.book import make_book
from bench.files import write_delivery
from core.errors import Conflict
from core.locks import BOOK, exclusive
from loans.importers import import_delivery, reconcile
from loans.models import Delivery, Instalment, Loan
from tests.flows.bank import Bank
from tests.loans.delivering import Parcel

CONTROL = {
    "data_date": "2026-03-31",
    "rows": {"borrowers": 4, "loans": 4, "guarantors": 3, "collaterals": 2, "repayment_schedule": 18},
    "loans_by_status": {"active": 3, "settled": 1},
    "amount": "163000.00",
    "balance": "157000.00",
    "scheduled_principal": "163000.00",
    "repaid": "8442.08",
    "repaid_principal": "6000.00",
    "active_by_bucket": {
        "M0": {"loans": 2, "balance": "107000.00"},
        "M2": {"loans": 1, "balance": "50000.00"},
    },
    "active_by_class": {
        "normal": {"loans": 2, "balance": "107000.00"},
        "substandard": {"loans": 1, "balance": "50000.00"},
    },
}


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def run(capsys, tmp_path, monkeypatch, db):
    """Run a command in an empty folder: its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = 0
        try:
            call_command(*map(str, arguments), skip_checks=True)
        except SystemExit as leaving:
            code = leaving.code
        out, err = capsys.readouterr()
        return code, out, err

    return run


# --- import_core ------------------------------------------------------------------------------------
def test_report_is_an_aligned_table(run, tmp_path):
    code, out, _err = run("import_core", Parcel.standard().only("branches.csv", "groups.csv").write(tmp_path))
    lines = [line for line in out.splitlines() if ".csv" in line]
    assert code == 0
    assert [line.split() for line in lines] == [
        ["branches.csv", "4", "4", "0", "0", "0"],
        ["groups.csv", "1", "1", "0", "0", "0"],
    ]
    assert len({len(line) for line in lines}) == 1


def test_json_report_holds_everything(run, tmp_path):
    bad = Parcel.standard().change("loans.csv", {"loan_no": "L001"}, balance="-1")
    code, out, _err = run("import_core", bad.write(tmp_path), "--json")
    report = json.loads(out)
    assert (code, report["exit_code"], report["state"]) == (2, 2, "refused")
    first = report["rejects"][0]
    assert (first["file"], first["line"], first["column"], first["value"]) == (
        "loans.csv",
        2,
        "balance",
        "-1",
    )
    assert report["totals"]["read"] == 62
    assert (tmp_path / "rejects" / "loans.csv").exists()


def test_exit_codes(run, tmp_path):
    path = Parcel.standard().change("loans.csv", {"loan_no": "L004"}, balance="-1").write(tmp_path)
    assert run("import_core", path)[0] == 2
    assert run("import_core", path, "--mode", "partial", "--rejects", tmp_path / "out")[0] == 1
    good = Parcel.standard().write(tmp_path / "good")
    assert run("import_core", good)[0] == 0
    code, out, _err = run("import_core", good)
    assert (code, "already" in out) == (0, True)
    assert run("import_core", good, "--date", "2026-03-30")[0] == 2
    assert run("import_core", tmp_path / "nowhere")[0] == 2


def test_wrong_date_is_explained(run, tmp_path):
    from django.core.management.base import CommandError

    with pytest.raises(CommandError, match="YYYY-MM-DD"):
        run("import_core", tmp_path, "--date", "31.3.2026")


def test_refused_delivery_is_kept_with_its_reasons(run, tmp_path):
    run(
        "import_core",
        Parcel.standard().change("loans.csv", {"loan_no": "L004"}, balance="-1").write(tmp_path),
    )
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.report["totals"]["rejected"]) == ("refused", 3)
    assert not Loan.objects.exists()


@pytest.mark.django_db
def test_only_one_import_at_a_time(tmp_path):
    with exclusive(BOOK), pytest.raises(Conflict):
        import_delivery(Parcel.standard().write(tmp_path))


def test_a_second_import_says_so(run, tmp_path):
    path = Parcel.standard().write(tmp_path)
    with exclusive(BOOK):
        code, _out, err = run("import_core", path)
    assert code == 2
    assert err.strip()


# --- reconcile --------------------------------------------------------------------------------------
def control_file(tmp_path, **changes):
    path = tmp_path / "control.json"
    path.write_text(json.dumps(CONTROL | changes))
    return path


def test_book_reconciles_to_the_cent(run, tmp_path):
    import_delivery(Parcel.standard().write(tmp_path))
    code, out, _err = run("reconcile", control_file(tmp_path))
    assert (code, "differs" in out) == (0, False)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"balance": "157000.01"}, "balance"),
        ({"rows": {"loans": 5}}, "rows.loans"),
        ({"active_by_bucket": {"M0": {"loans": 3, "balance": "157000.00"}}}, "active_by_bucket.M2.loans"),
        ({"collections": 7}, "collections"),
    ],
)
def test_differences_are_shown_in_a_table(changes, named, run, tmp_path):
    import_delivery(Parcel.standard().write(tmp_path))
    code, out, _err = run("reconcile", control_file(tmp_path, **changes))
    assert code == 1
    assert any(line.split()[:1] == [named] for line in out.splitlines())


def test_an_earlier_date_leaves_later_facts_out(tmp_path, db):
    import_delivery(Parcel.standard().write(tmp_path))
    result = reconcile({"data_date": "2026-03-31", "repaid": "1099.58", "rows": {"repayments": 2}}, None)
    assert [row[0] for row in result.differences] == ["repaid", "rows.repayments"]
    from datetime import date

    earlier = {"repaid": "2159.58", "active_by_bucket": {"M0": {"loans": 4, "balance": "157000.00"}}}
    assert reconcile(earlier, date(2025, 12, 1)).differences == [["repaid", "2,159.58", "1,060.00"]]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"data_date": "x", "balance": 1}', '{"balance": "1.00"}']
)
def test_control_file_that_cannot_be_read(content, run, tmp_path):
    path = tmp_path / "control.json"
    path.write_text(content)
    code, _out, err = run("reconcile", path)
    assert (code, bool(err.strip())) == (2, True)
    assert run("reconcile", tmp_path / "none.json")[0] == 2


# --- kill -9 ----------------------------------------------------------------------------------------
TABLES = ("org_branch", "org_user", "loans_borrower", "loans_loan", "loans_instalment", "loans_repayment")


def rows_of(bank: Bank) -> list[int]:
    """How many rows the bank's tables hold."""
    if connection.vendor == "sqlite":
        book = sqlite3.connect(bank.folder / "bank.sqlite3")
    else:
        import psycopg2

        book = psycopg2.connect(bank.url)
    try:
        cursor = book.cursor()
        counts = []
        for table in (*TABLES, "loans_delivery", "core_businessdate"):
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            counts.append(cursor.fetchone()[0])
        return counts
    finally:
        book.close()


@pytest.mark.slow
def test_kill_at_any_point_leaves_the_book_as_it_was(tmp_path_factory, db):
    folder = write_delivery(make_book(1500), tmp_path_factory.mktemp("delivery"))
    bank = Bank(tmp_path_factory.mktemp("bank")).create()
    try:
        bank.play(("migrate", "-v0", "--skip-checks"))
        empty = rows_of(bank)
        moments = random.Random(20260331)
        for _ in range(6):
            if not bank.manage_and_kill(moments.uniform(0.2, 1.5), "import_core", str(folder)):
                break
            # The kill may strike between the commit and the end of the process.
            if (rows := rows_of(bank)) != empty:
                assert rows[3] == 1500
                break
        out = json.loads(bank.manage("import_core", str(folder), "--json"))
        assert (out["exit_code"], out["totals"]["rejected"]) == (0, 0)
        assert rows_of(bank)[3] == 1500
    finally:
        bank.drop()


# --- the real delivery ------------------------------------------------------------------------------
SHARED = Path(__file__).resolve().parents[3] / "shared" / "deliveries"


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.skipif(not SHARED.exists(), reason="the real delivery is not in the repository")
def test_real_delivery_imports_without_a_reject_and_reconciles(tmp_path):
    report = import_delivery(SHARED / "sba-2026-06-30.zip", rejects_dir=tmp_path / "rejects")
    assert (report.exit_code, report.rejected, report.totals()["created"]) == (0, 0, 349_619)
    control = json.loads((SHARED / "sba-2026-06-30.control.json").read_text())
    assert reconcile(control).differences == []
    assert Instalment.objects.count() == 246_024
    assert import_delivery(SHARED / "sba-2026-06-30.zip").already_applied
