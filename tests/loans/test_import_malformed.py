"""Nonsense of every kind: each is reported, none is applied wrongly, no exception escapes."""

import io
import json
import random
import shutil
import zipfile

import pytest
from django.utils import translation

from loans.enums import DeliveryState
from loans.importers import import_delivery
from loans.importers.contract import FILES
from loans.models import Delivery, Loan
from org.models import Branch
from tests.loans.delivering import DAY, Parcel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def damage(name, change):
    """A delivery whose file ``name`` is what ``change`` makes of its bytes."""

    def write(tmp_path):
        folder = Parcel.standard().write(tmp_path)
        (folder / name).write_bytes(change((folder / name).read_bytes()))
        return folder

    return write


REFUSED = {
    "gbk": (damage("borrowers.csv", lambda b: b.decode().encode("gbk")), ["borrowers.csv, line 2", "UTF-8"]),
    "utf16": (damage("loans.csv", lambda b: b.decode().encode("utf-16")), ["loans.csv, line 1"]),
    "latin1 byte": (damage("staff.csv", lambda b: b[:-2] + b"\xff\n"), ["staff.csv, line 5"]),
    "empty": (damage("groups.csv", lambda b: b""), ["groups.csv"]),
    "only a BOM": (damage("groups.csv", lambda b: b"\xef\xbb\xbf"), ["groups.csv"]),
    "blank first line": (damage("groups.csv", lambda b: b"\n" + b), ["groups.csv", "group_no"]),
    "no header": (damage("loans.csv", lambda b: b.split(b"\n", 1)[1]), ["loans.csv", "loan_no"]),
    "header twice": (
        damage("loans.csv", lambda b: b.replace(b"product,purpose", b"product,product")),
        ["loans.csv", "product"],
    ),
    "key column missing": (
        damage("instalments.csv", lambda b: b.replace(b"loan_no,seq", b"loan,seq")),
        ["instalments.csv", "loan_no"],
    ),
    "semicolons": (damage("loans.csv", lambda b: b.replace(b",", b";")), ["loans.csv", "loan_no"]),
    "tabs": (damage("loans.csv", lambda b: b.replace(b",", b"\t")), ["loans.csv", "loan_no"]),
    "quote never closed": (
        damage("repayments.csv", lambda b: b.replace(b"R005", b'"R005')),
        ["repayments.csv, line 6"],
    ),
    "text after a quote": (
        damage("groups.csv", lambda b: b.replace("示例集团".encode(), '"示例"集团'.encode())),
        ["groups.csv, line 2"],
    ),
    "binary": (damage("loans.csv", lambda b: bytes(range(256)) * 40), ["loans.csv, line 2"]),
    "html": (damage("loans.csv", lambda b: b"<html><body>502</body></html>"), ["loans.csv", "loan_no"]),
    "json": (damage("loans.csv", lambda b: b'{"loans": []}'), ["loans.csv"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_unreadable_file_is_refused_by_name_and_line(case, tmp_path):
    write, words = REFUSED[case]
    report = import_delivery(write(tmp_path))
    assert (report.state, report.exit_code) == (DeliveryState.REFUSED, 2)
    told = " ".join(report.problems)
    assert all(word in told for word in words), told
    assert not Branch.objects.exists()


def test_all_unreadable_files_are_named_at_once(tmp_path):
    folder = Parcel.standard().write(tmp_path)
    for name in ("groups.csv", "staff.csv"):
        (folder / name).write_bytes(b"")
    report = import_delivery(folder, mode="partial")
    assert [problem.split()[0] for problem in report.problems] == ["staff.csv", "groups.csv"]


def quoted(content):
    import csv

    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(csv.reader(io.StringIO(content.decode())))
    return out.getvalue().encode()


HARMLESS = {
    "byte order mark": lambda b: b"\xef\xbb\xbf" + b,
    "windows line ends": lambda b: b.replace(b"\n", b"\r\n"),
    "old mac line ends": lambda b: b.replace(b"\n", b"\r"),
    "no last line end": lambda b: b.rstrip(b"\n"),
    "blank lines": lambda b: b.replace(b"\n", b"\n\n"),
    "lines of commas": lambda b: b + b"," * b.split(b"\n")[0].count(b",") + b"\n",
    "everything quoted": quoted,
    "spaces in the header": lambda b: b.replace(b",", b" , ", 1) if b.count(b",", 0, 40) else b,
}


@pytest.mark.parametrize("case", HARMLESS)
def test_other_ways_of_writing_the_same_are_read_alike(case, tmp_path):
    folder = Parcel.standard().write(tmp_path)
    for path in folder.iterdir():
        path.write_bytes(HARMLESS[case](path.read_bytes()))
    report = import_delivery(folder)
    assert (report.exit_code, report.totals()["created"]) == (0, 62), report.as_text()


def test_line_breaks_in_quotes_do_not_move_the_line_numbers(tmp_path):
    parcel = Parcel.standard().change("loans.csv", {"loan_no": "L001"}, purpose='第一行\n第二行\r\n"引号"')
    parcel.change("loans.csv", {"loan_no": "L003"}, balance="-1")
    report = import_delivery(parcel.write(tmp_path))
    assert [(r.line, r.code) for r in report.rejects if r.file == "loans.csv"] == [(6, "negative")]


def test_line_numbers_hold_across_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("loans.importers.reading.BLOCK", 64)
    parcel = Parcel.standard().change(
        "borrowers.csv", {"borrower_no": "C002"}, registered_address="a\nb,\n\nc"
    )
    parcel.change("borrowers.csv", {"borrower_no": "P002"}, id_no="1")
    parcel.change("loans.csv", {"loan_no": "L004"}, currency="")
    report = import_delivery(parcel.write(tmp_path), mode="partial")
    assert ("borrowers.csv", 8, "bad_id_no") in {(r.file, r.line, r.code) for r in report.rejects}


def test_formulas_are_text_and_nothing_else(tmp_path):
    formula = '=HYPERLINK("http://x","y")'
    parcel = Parcel.standard().change("loans.csv", {"loan_no": "L001"}, purpose=formula)
    assert import_delivery(parcel.write(tmp_path)).exit_code == 0
    assert Loan.objects.get(loan_no="L001").purpose == formula


def test_header_only_files_change_nothing(tmp_path):
    import_delivery(Parcel.standard().write(tmp_path))
    empty = Parcel.standard()
    for name in empty.tables:
        empty.tables[name] = []
    report = import_delivery(empty.write(tmp_path / "next", "2026-04-01"))
    assert (report.exit_code, report.totals()["read"]) == (0, 0)
    assert Loan.objects.count() == 4


def test_unknown_columns_and_files_are_remarked_and_ignored(tmp_path):
    folder = Parcel.standard().write(tmp_path)
    (folder / "notes.txt").write_text("hello")
    (folder / "groups.csv").write_text("group_no,name,colour,\nG1,x,red,\n")
    report = import_delivery(folder)
    assert [(r.code, r.examples) for r in report.remarks] == [("unknown_files", ("notes.txt",))]
    remark = next(r for file in report.files for r in file.remarks)
    assert (remark.code, remark.examples) == ("unknown_columns", ("colour", "?"))


# --- archives ---------------------------------------------------------------------------------------
def archive(tmp_path, entries, name=f"core-{DAY}.zip"):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for entry, content in entries:
            target.writestr(entry, content)
    return path


def standard_entries():
    parcel = Parcel.standard()
    return [(name, parcel.text(name)) for name in parcel.tables]


def test_zipped_folder_is_taken_for_its_files(tmp_path):
    entries = [(f"core/{name}", text) for name, text in standard_entries()]
    report = import_delivery(archive(tmp_path, [*entries, ("__MACOSX/._x", "junk"), ("core/.DS_Store", "")]))
    assert (report.exit_code, report.remarks) == (0, [])


@pytest.mark.parametrize(
    "name", ["../loans.csv", "/etc/loans.csv", "a/../../loans.csv", "..\\loans.csv", "C:\\loans.csv"]
)
def test_names_that_lead_out_of_the_archive_are_refused(name, tmp_path):
    report = import_delivery(archive(tmp_path, [*standard_entries(), (name, "x")]))
    assert report.exit_code == 2
    assert not Branch.objects.exists()


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    report = import_delivery(archive(tmp_path, [("loans.csv", b"0" * 80_000_000)]))
    assert "zip bomb" in report.problems[0]


def test_too_many_entries_are_refused(tmp_path):
    report = import_delivery(archive(tmp_path, [(f"f{n}.csv", "") for n in range(1001)]))
    assert "1000" in report.problems[0]


def test_archive_larger_than_allowed_is_refused(tmp_path, settings):
    settings.DELIVERY_MAX_BYTES = 100
    assert import_delivery(archive(tmp_path, standard_entries())).exit_code == 2


def test_archive_within_an_archive_is_not_opened(tmp_path):
    inner = archive(tmp_path, standard_entries(), "inner.zip").read_bytes()
    report = import_delivery(archive(tmp_path, [("inner.zip", inner)]))
    assert report.exit_code == 2


def test_encrypted_entries_are_refused(tmp_path):
    path = archive(tmp_path, standard_entries())
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    path.write_bytes(content)
    assert import_delivery(path).exit_code == 2


@pytest.mark.parametrize("kept", [0, 3, 100, 0.5, 0.9])
def test_truncated_archive_is_refused(kept, tmp_path):
    path = archive(tmp_path, standard_entries())
    content = path.read_bytes()
    path.write_bytes(content[: kept if isinstance(kept, int) else int(len(content) * kept)])
    assert import_delivery(path).exit_code == 2


def test_damaged_entry_is_named(tmp_path):
    path = archive(tmp_path, standard_entries())
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as opened:
        info = opened.getinfo("loans.csv")
    start = info.header_offset + 30 + len("loans.csv")
    content[start + 20 : start + 40] = bytes(20)
    path.write_bytes(content)
    report = import_delivery(path)
    assert (report.exit_code, "loans.csv" in report.problems[0]) == (2, True)


def test_a_file_that_comes_twice_is_refused(tmp_path):
    folder = Parcel.standard().write(tmp_path)
    shutil.move(Parcel.standard().only("groups.csv").workbook(tmp_path), folder / "groups.xlsx")
    assert "groups.csv" in import_delivery(folder).problems[0]


@pytest.mark.parametrize("path", ["nowhere", "nowhere.zip", "nowhere.xlsx"])
def test_path_without_a_delivery_is_refused(path, tmp_path):
    assert import_delivery(tmp_path / path).exit_code == 2


def test_folder_without_files_of_the_contract_is_refused(tmp_path):
    (tmp_path / "readme.txt").write_text("x")
    assert import_delivery(tmp_path, date="2026-03-31").exit_code == 2


# --- workbooks --------------------------------------------------------------------------------------
def workbook(tmp_path, rows, sheet="groups"):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    path = tmp_path / f"core-{DAY}.xlsx"
    book.save(path)
    return path


def test_formula_without_a_computed_value_is_empty(tmp_path):
    path = workbook(tmp_path, [["group_no", "name"], ["G1", "=1+1"]])
    report = import_delivery(path)
    assert [(r.line, r.code) for r in report.rejects] == [(2, "missing_value")]


def test_numbers_that_lost_digits_are_refused_with_their_line(tmp_path):
    path = workbook(tmp_path, [["group_no", "name"], ["G1", "x"], [12345678901234567890, "y"]])
    assert "groups.csv, line 3" in import_delivery(path).problems[0]


def test_sheet_with_gaps_and_unknown_sheets(tmp_path):
    import_delivery(Parcel.standard().write(tmp_path))
    path = workbook(tmp_path, [["group_no", "name", None], [], ["G2", "x"], [None, None, None], ["G3", None]])
    report = import_delivery(path, mode="partial")
    assert [(r.line, r.column) for r in report.rejects] == [(5, "name")]
    assert report.exit_code == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a workbook", b"\xd0\xcf\x11\xe0old excel"])
def test_no_workbook_is_refused(content, tmp_path):
    path = tmp_path / f"core-{DAY}.xlsx"
    path.write_bytes(content)
    assert import_delivery(path).exit_code == 2


# --- manifest ---------------------------------------------------------------------------------------
MANIFESTS = {
    "not json": "{",
    "not an object": "[]",
    "date": json.dumps({"business_date": "31.03.2026"}),
    "complete": json.dumps({"complete": "maybe"}),
    "files": json.dumps({"files": ["loans.csv"]}),
    "rows": json.dumps({"files": {"loans.csv": {"rows": 5}}}),
    "sha256": json.dumps({"files": {"loans.csv": {"sha256": "00"}}}),
    "missing file": json.dumps({"files": {"extra.csv": {}}}),
    "balance": json.dumps({"control_totals": {"balance": "157000.01"}}),
    "nan": json.dumps({"control_totals": {"balance": "NaN"}}),
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_manifest_that_does_not_fit_refuses_the_delivery(case, tmp_path):
    folder = Parcel.standard().write(tmp_path)
    (folder / "manifest.json").write_text(MANIFESTS[case])
    report = import_delivery(folder, mode="partial")
    assert (report.exit_code, len(report.problems)) == (2, 1), report.as_text()
    assert not Branch.objects.exists()


def test_manifest_that_fits_is_kept(tmp_path):
    manifest = {
        "business_date": DAY,
        "complete": False,
        "files": {"loans.csv": {"rows": 4}},
        "control_totals": {"balance": "157000.00", "principal": 163000, "interest": "1.00"},
    }
    report = import_delivery(Parcel.standard().zip(tmp_path, "2020-01-01", manifest))
    assert (report.exit_code, str(report.business_date)) == (0, DAY)
    assert {r.code for r in report.remarks} == {"not_in_manifest", "control_total_unknown"}
    assert not Delivery.objects.get().complete


def test_date_must_be_known_and_undisputed(tmp_path):
    folder = Parcel.standard().write(tmp_path).rename(tmp_path / "delivery")
    assert "--date" in import_delivery(folder).problems[0]
    assert not Delivery.objects.exists()
    (folder / "manifest.json").write_text(json.dumps({"business_date": "2026-03-30"}))
    from datetime import date

    assert import_delivery(folder, date=date(2026, 3, 31)).exit_code == 2
    assert import_delivery(folder).exit_code == 0


# --- everything at random ---------------------------------------------------------------------------
NONSENSE = [
    "", " ", "\t", "\n", "NULL", "nan", "inf", "-inf", "1e309", "0x1F", "=1+1", "@SUM(1)", "'", '"', "\\",
    "\\N",
    "；", ";", "１２３", "٣", "-0.00", "+5", ".5", "5.", "00012", "9" * 400, "0001-01-01", "2026-02-30",
    "2026-13-01", "2026-1-1", "9999-12-31", "true", "None", "\u200b", "\ufeff", "\x00", "\x1f", "😀",
    "a" * 70_000,
    "L001", "C001", "S01", "%s", "{0}", "'; DROP TABLE loans_loan; --",
]  # fmt: skip


def contents():
    return {
        name: sorted(map(repr, spec.model._base_manager.values()))
        for name, spec in FILES.items()
        if name != "staff.csv"
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_random_nonsense_is_either_a_good_row_or_a_reject(seed, tmp_path):
    """Whatever a cell is replaced by, an import ends with a report and read = good + rejected rows."""
    chance = random.Random(seed)
    parcel = Parcel.standard()
    for name, rows in parcel.tables.items():
        for row in rows:
            if chance.random() < 0.4:
                row[chance.choice(parcel.headers[name])] = chance.choice(NONSENSE)
    path = parcel.write(tmp_path)
    refusal = import_delivery(path, rejects_dir=tmp_path / "rejects")
    assert refusal.exit_code == 2
    assert not Loan.objects.exists()
    applied = import_delivery(path, mode="partial", rejects_dir=tmp_path / "rejects")
    assert applied.exit_code in (1, 2), applied.as_text()
    if applied.exit_code == 1:
        for file in applied.files:
            assert file.read == file.created + file.changed + file.unchanged + file.rejected, file
            assert min(file.created, file.changed, file.unchanged, file.rejected) >= 0, file
        before = contents()
        again = import_delivery(path, mode="partial")
        assert again.totals()["created"] == again.totals()["changed"] == 0, again.as_text()
        assert contents() == before


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_random_bytes_never_end_in_an_exception(seed, tmp_path):
    chance = random.Random(seed)
    folder = Parcel.standard().write(tmp_path)
    for path in folder.iterdir():
        content = bytearray(path.read_bytes())
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(content))
            content[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
        path.write_bytes(content)
    report = import_delivery(folder, mode="partial", rejects_dir=tmp_path / "rejects")
    assert report.message
    assert report.exit_code in (0, 1, 2)
