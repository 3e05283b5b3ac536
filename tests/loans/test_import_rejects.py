"""Rows that a delivery cannot bring in: each is named with file, line, column, value and reason."""

import pytest
from django.utils import translation

from loans.enums import DeliveryState
from loans.importers import import_delivery
from loans.models import Borrower, Collateral, Delivery, Instalment, Loan, Repayment
from org.models import Branch
from tests.loans.delivering import Parcel, rejects

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def found(report):
    return sorted({(r.file, r.line, r.column, r.code) for r in report.rejects})


def refused(parcel, tmp_path):
    """The rejects of a delivery that is refused; the book stays empty."""
    report = import_delivery(parcel.write(tmp_path))
    assert (report.state, report.exit_code) == (DeliveryState.REFUSED, 2)
    assert not Loan.objects.exists()
    return found(report)


BAD_CELLS = [
    ("loans.csv", {"balance": "-1.00"}, "negative"),
    ("loans.csv", {"balance": ""}, "missing_value"),
    ("loans.csv", {"balance": "1,000.00"}, "bad_number"),
    ("loans.csv", {"balance": "1e5"}, "bad_number"),
    ("loans.csv", {"balance": "nan"}, "bad_number"),
    ("loans.csv", {"balance": "inf"}, "bad_number"),
    ("loans.csv", {"balance": "１００"}, "bad_number"),
    ("loans.csv", {"balance": " 100.00"}, "bad_number"),
    ("loans.csv", {"balance": "=1+1"}, "bad_number"),
    ("loans.csv", {"balance": "100.001"}, "too_many_decimals"),
    ("loans.csv", {"balance": "99999999999999.00"}, "number_too_large"),
    ("loans.csv", {"annual_rate_pct": "1234.5"}, "number_too_large"),
    ("loans.csv", {"matures_on": "2026-02-30"}, "bad_date"),
    ("loans.csv", {"matures_on": "20260930"}, "bad_date"),
    ("loans.csv", {"matures_on": "2026/09/30"}, "bad_date"),
    ("loans.csv", {"matures_on": "２０２６-09-30"}, "bad_date"),
    ("loans.csv", {"disbursed_on": "0001-01-01"}, "date_out_of_range"),
    ("loans.csv", {"matures_on": "9999-12-31"}, "date_out_of_range"),
    ("loans.csv", {"matures_on": "2025-09-19"}, "matures_before_disbursement"),
    ("loans.csv", {"classification": "Normal"}, "unknown_code"),
    ("loans.csv", {"regime": "常规"}, "unknown_code"),
    ("loans.csv", {"is_renewal": "yes"}, "bad_flag"),
    ("loans.csv", {"contract_no": "HT;1"}, "bad_identifier"),
    ("loans.csv", {"contract_no": "HT\x001"}, "bad_identifier"),
    ("loans.csv", {"contract_no": "HT1 "}, "bad_identifier"),
    ("loans.csv", {"contract_no": "H" * 65}, "too_long"),
    ("loans.csv", {"purpose": "a\x07b"}, "not_printable"),
    ("loans.csv", {"purpose": "长" * 301}, "too_long"),
    ("loans.csv", {"purpose": "x" * 1_000_000}, "too_long"),
    ("loans.csv", {"borrower_no": "C999"}, "unknown_reference"),
    ("loans.csv", {"officer_no": "E99"}, "unknown_reference"),
    ("borrowers.csv", {"id_no": "91330106MA2AXQ5K08"}, "bad_id_no"),
    ("borrowers.csv", {"id_no": "330106198001051237"}, "bad_id_no"),
    ("borrowers.csv", {"group_no": "G9"}, "unknown_reference"),
    ("staff.csv", {"role": "supervisor;king"}, "unknown_code"),
    ("staff.csv", {"branch_no": "S99"}, "unknown_reference"),
    ("branches.csv", {"parent_no": "H9"}, "unknown_reference"),
    ("guarantees.csv", {"liability": "several"}, "unknown_code"),
    ("guarantees.csv", {"amount": "-0.01"}, "negative"),
    ("collaterals.csv", {"loan_no": ""}, "missing_value"),
    ("instalments.csv", {"seq": "-1"}, "bad_integer"),
    ("instalments.csv", {"seq": "1.0"}, "bad_integer"),
    ("instalments.csv", {"seq": "2147483648"}, "bad_integer"),
    ("repayments.csv", {"channel": "cash"}, "unknown_code"),
    ("repayments.csv", {"loan_no": "L999"}, "unknown_reference"),
    ("account_flows.csv", {"direction": "up"}, "unknown_code"),
    ("financials.csv", {"value": "1.23456"}, "too_many_decimals"),
    ("ratings.csv", {"subject_no": "L001/GU9"}, "unknown_subject"),
    ("ratings.csv", {"kind": ""}, "missing_value"),
    ("indicators.csv", {"value": "--"}, "bad_number"),
]


@pytest.mark.parametrize(
    ("name", "cell", "code"),
    BAD_CELLS,
    ids=[f"{name}-{next(iter(cell))}-{code}-{i}" for i, (name, cell, code) in enumerate(BAD_CELLS)],
)
def test_bad_cell_is_rejected_by_line_and_column(name, cell, code, tmp_path):
    parcel = Parcel.standard()
    parcel.tables[name][0].update(cell)
    assert (name, 2, next(iter(cell)), code) in refused(parcel, tmp_path)


def test_every_fault_of_a_row_is_named_at_once(tmp_path):
    parcel = Parcel.standard().change("loans.csv", {"loan_no": "L004"}, principal="x", matures_on="y")
    assert {("loans.csv", 5, "principal", "bad_number"), ("loans.csv", 5, "matures_on", "bad_date")} <= set(
        refused(parcel, tmp_path)
    )


def test_rows_with_other_numbers_of_cells_are_not_guessed(tmp_path):
    folder = Parcel.standard().write(tmp_path)
    file = folder / "groups.csv"
    file.write_text(file.read_text() + "G2,two\nG3,three,B1,more\n")
    report = import_delivery(folder)
    assert found(report) == [
        ("groups.csv", 3, "", "cell_count"),
        ("groups.csv", 4, "", "cell_count"),
    ]


# --- keys -----------------------------------------------------------------------------------------
def test_repeated_row_is_rejected_and_the_first_stays(tmp_path):
    parcel = Parcel.standard().add("repayments.csv", {"repayment_no": "R001"})
    report = import_delivery(parcel.write(tmp_path), mode="partial")
    assert found(report) == [("repayments.csv", 10, "repayment_no", "duplicate_key")]
    assert Repayment.objects.count() == 8


def test_key_with_two_different_rows_is_rejected_altogether(tmp_path):
    parcel = Parcel.standard().add("repayments.csv", {"repayment_no": "R008"}, amount="900.00")
    report = import_delivery(parcel.write(tmp_path), mode="partial")
    assert found(report) == [
        ("repayments.csv", 9, "repayment_no", "duplicate_key"),
        ("repayments.csv", 10, "repayment_no", "duplicate_key"),
    ]
    assert not Repayment.objects.filter(repayment_no="R008").exists()


def test_duplicates_are_seen_across_pieces_of_a_long_file(tmp_path, monkeypatch):
    monkeypatch.setattr("loans.importers.reading.BLOCK", 200)
    parcel = Parcel.standard().add("instalments.csv", {"loan_no": "L001", "seq": "1"})
    assert ("instalments.csv", 20, "loan_no;seq", "duplicate_key") in refused(parcel, tmp_path)


# --- what hangs together ----------------------------------------------------------------------------
def test_rows_of_a_rejected_new_parent_are_rejected(tmp_path):
    parcel = Parcel.standard().change("borrowers.csv", {"borrower_no": "C001"}, branch_no="S99")
    report = import_delivery(parcel.write(tmp_path), mode="partial")
    by_file = {file.name: file.rejected for file in report.files}
    assert by_file == {
        "branches.csv": 0,
        "staff.csv": 0,
        "groups.csv": 0,
        "borrowers.csv": 1,
        "loans.csv": 1,
        "regimes.csv": 0,
        "classifications.csv": 0,
        "guarantees.csv": 1,
        "collaterals.csv": 1,
        "repayments.csv": 2,
        "instalments.csv": 4,
        "account_flows.csv": 2,
        "financials.csv": 2,
        "ratings.csv": 2,
        "indicators.csv": 2,
    }
    assert (report.state, report.exit_code) == (DeliveryState.PARTIAL, 1)
    assert sorted(Loan.objects.values_list("loan_no", flat=True)) == ["L002", "L003", "L004"]
    assert Collateral.objects.get(collateral_no="D001").loans.get().loan_no == "L002"


def test_rejected_change_of_a_known_parent_leaves_its_children(tmp_path):
    import_delivery(Parcel.standard().write(tmp_path))
    parcel = Parcel.standard().only("loans.csv", "repayments.csv")
    parcel.change("loans.csv", {"loan_no": "L002"}, balance="x")
    parcel.add("repayments.csv", {"repayment_no": "R007"}, repayment_no="R099")
    report = import_delivery(parcel.write(tmp_path / "next", "2026-04-01"), mode="partial")
    assert found(report) == [("loans.csv", 3, "balance", "bad_number")]
    assert Repayment.objects.filter(repayment_no="R099").exists()
    assert Loan.objects.get(loan_no="L002").balance == 7000


def test_schedule_that_does_not_add_up_is_rejected_whole(tmp_path):
    parcel = Parcel.standard().change(
        "instalments.csv", {"loan_no": "L002", "seq": "3"}, principal_due="999.99"
    )
    report = import_delivery(parcel.write(tmp_path), mode="partial")
    assert {(r.line, r.code) for r in report.rejects} == {
        (line, "principal_differs") for line in range(6, 18)
    }
    assert "11999.99" in report.rejects[0].reason
    assert not Instalment.objects.filter(loan__loan_no="L002").exists()
    assert Instalment.objects.filter(loan__loan_no="L001").count() == 4


def test_schedule_with_a_rejected_row_is_rejected_whole(tmp_path):
    parcel = Parcel.standard().change("instalments.csv", {"loan_no": "L002", "seq": "3"}, due_on="soon")
    codes = {code for *_rest, code in refused(parcel, tmp_path)}
    assert codes == {"bad_date", "incomplete_schedule"}


def test_schedule_is_compared_with_the_delivered_principal(tmp_path):
    import_delivery(Parcel.standard().write(tmp_path))
    parcel = Parcel.standard().only("loans.csv", "instalments.csv")
    parcel.change("loans.csv", {"loan_no": "L003"}, principal="60000.00")
    parcel.change("instalments.csv", {"loan_no": "L003"}, principal_due="60000.00")
    report = import_delivery(parcel.write(tmp_path / "next", "2026-04-01"))
    assert report.exit_code == 0, report.as_text()


def test_rows_of_a_collateral_that_differ_are_rejected(tmp_path):
    parcel = Parcel.standard().change("collaterals.csv", {"loan_no": "L002"}, appraised_value="1.00")
    assert refused(parcel, tmp_path) == [
        ("collaterals.csv", 2, "collateral_no", "rows_differ"),
        ("collaterals.csv", 3, "collateral_no", "rows_differ"),
    ]


def test_branches_above_themselves_are_rejected(tmp_path):
    parcel = Parcel.standard().only("branches.csv")
    parcel.change("branches.csv", {"branch_no": "B1"}, parent_no="S02")
    report = import_delivery(parcel.write(tmp_path), mode="partial")
    assert {(r.line, r.code) for r in report.rejects} == {
        (3, "branch_circle"),
        (4, "branch_circle"),
        (5, "branch_circle"),
    }
    assert list(Branch.objects.values_list("branch_no", flat=True)) == ["H0"]


def test_branches_below_a_rejected_one_lose_their_parent(tmp_path):
    parcel = Parcel.standard().only("branches.csv")
    parcel.change("branches.csv", {"branch_no": "B1"}, level="village")
    codes = {(r.line, r.code) for r in import_delivery(parcel.write(tmp_path)).rejects}
    assert codes == {(3, "unknown_code"), (4, "unknown_reference"), (5, "unknown_reference")}


def test_new_row_needs_the_mandatory_columns_that_a_known_one_may_lack(tmp_path):
    import_delivery(Parcel.standard().write(tmp_path))
    parcel = Parcel.standard().only("borrowers.csv").without("borrowers.csv", "name")
    parcel.add("borrowers.csv", {"borrower_no": "C001"}, borrower_no="C003")
    report = import_delivery(parcel.write(tmp_path / "next", "2026-04-01"), mode="partial")
    assert found(report) == [("borrowers.csv", 6, "name", "missing_column")]
    assert Borrower.objects.count() == 4


def test_maturity_alone_is_compared_with_the_book(tmp_path):
    import_delivery(Parcel.standard().write(tmp_path))
    parcel = Parcel.standard().only("loans.csv").without("loans.csv", "disbursed_on")
    parcel.change("loans.csv", {"loan_no": "L001"}, matures_on="2025-09-01")
    report = import_delivery(parcel.write(tmp_path / "next", "2026-04-01"))
    assert found(report) == [("loans.csv", 2, "matures_on", "matures_before_disbursement")]


def test_nothing_is_applied_when_every_row_is_rejected(tmp_path):
    parcel = Parcel.standard().only("groups.csv").change("groups.csv", {}, lead_branch_no="B9")
    report = import_delivery(parcel.write(tmp_path), mode="partial")
    assert (report.state, report.exit_code) == (DeliveryState.REFUSED, 2)
    assert Delivery.objects.get().state == DeliveryState.REFUSED


# --- reject files -----------------------------------------------------------------------------------
def test_reject_file_can_be_mended_and_imported(tmp_path):
    parcel = Parcel.standard()
    parcel.change("borrowers.csv", {"borrower_no": "C001"}, name="=HYPERLINK(1)", id_no="123", phone="-5")
    parcel.change("classifications.csv", {"reason": "逾期"}, classification="bad", reason="'=1")
    out = tmp_path / "rejects"
    report = import_delivery(parcel.write(tmp_path), mode="partial", rejects_dir=out)
    assert report.exit_code == 1
    row = rejects(out, "borrowers.csv")[0]
    assert (row["line"], row["column"], row["value"]) == ("2", "id_no", "123")
    assert (row["name"], row["phone"], row["borrower_no"]) == ("'=HYPERLINK(1)", "-5", "C001")
    for name in ("borrowers.csv", "classifications.csv"):
        file = out / name
        text = (
            file.read_text(encoding="utf-8-sig")
            .replace(",123,", ",91330106MA2AXQ5K07,")
            .replace(",bad,", ",normal,")
        )
        file.write_text(text, encoding="utf-8-sig")
    again = import_delivery(out, date=report.business_date, rejects_dir=tmp_path / "rejects-2")
    assert again.exit_code == 0, again.as_text()
    borrower = Borrower.objects.get(borrower_no="C001")
    assert (borrower.name, borrower.phone, borrower.id_no) == ("=HYPERLINK(1)", "-5", "91330106MA2AXQ5K07")
    entry = Loan.objects.get(loan_no="L003").class_history.get(effective_on="2026-03-05")
    assert (entry.reason, entry.classification) == ("'=1", "normal")


def test_reject_files_of_an_earlier_run_go_away_but_nothing_else(tmp_path):
    out = tmp_path / "rejects"
    bad = Parcel.standard().change("groups.csv", {"group_no": "G1"}, lead_branch_no="B9")
    import_delivery(bad.write(tmp_path), rejects_dir=out)
    assert (
        sorted(path.name for path in out.iterdir()) == ["borrowers.csv", "groups.csv"]
        or (out / "groups.csv").exists()
    )
    (out / "loans.csv").write_text("loan_no\nmine\n")
    import_delivery(Parcel.standard().write(tmp_path), rejects_dir=out)
    assert [path.name for path in out.iterdir()] == ["loans.csv"]


def test_rejects_never_overwrite_the_delivery(tmp_path):
    folder = Parcel.standard().change("groups.csv", {"group_no": "G1"}, lead_branch_no="B9").write(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    report = import_delivery(folder, rejects_dir=folder)
    assert report.exit_code == 2
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_reasons_are_in_the_language_of_the_moment(tmp_path):
    report = import_delivery(
        Parcel.standard().change("loans.csv", {"loan_no": "L001"}, balance="-1").write(tmp_path)
    )
    with translation.override("en"):
        assert report.rejects[0].reason == "Must not be negative."
