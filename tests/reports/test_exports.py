"""The monthly summary as a file: opened again, computed again, compared with the tables."""

import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from core.models import AuditEvent, BusinessDate
from loans.models import Borrower
from reports.exports.delivering import export_summary
from reports.exports.narrative import sentences
from reports.selectors.summary import summary_for
from tests.builders import day
from tests.reports.months import build_april, close_both

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_live_figures_kept():
    cache.clear()


def workbook(**kwargs: Any) -> Any:
    import openpyxl

    content = export_summary(summary_for(**kwargs), "xlsx", actor=None)
    return openpyxl.load_workbook(io.BytesIO(content))


def computed(sheet: Any, place: str) -> Decimal:
    """The value of a cell; sums of ranges and differences are worked out."""
    value = sheet[place].value
    if not isinstance(value, str) or not value.startswith("="):
        return Decimal(str(value or 0))
    if found := re.fullmatch(r"=SUM\(([A-Z])(\d+):([A-Z])(\d+)\)", value):
        first, top, last, bottom = found.groups()
        return sum(
            (
                computed(sheet, cell.coordinate)
                for row in sheet[f"{first}{top}:{last}{bottom}"]
                for cell in row
            ),
            Decimal(0),
        )
    if found := re.fullmatch(r"=ROUND\((\w+)-(\w+),2\)", value):
        return computed(sheet, found[1]) - computed(sheet, found[2])
    if found := re.fullmatch(r"=ROUND\((\w+)\*(\w+)/100,2\)", value):
        return computed(sheet, found[1]) * computed(sheet, found[2]) / 100
    raise AssertionError(value)


def total_row(sheet: Any) -> int:
    return next(row[0].row for row in sheet.iter_rows() if row[0].value in ("合计", "期末余额"))


def test_totals_are_formulas_that_give_the_figures(cast):
    close_both(cast)
    book = workbook(branch_no="", month_key="2026-05")
    expected = {"五级分类": ("C", "325000.00"), "逾期": ("C", "325000.00"), "不良变动": ("B", "85000.00")}
    expected |= dict.fromkeys(("机构", "产品", "行业", "担保方式", "客户经理"), ("E", "85000.00"))
    expected |= {"次月到期": ("C", "60000.00"), "大户": ("E", "85000.00"), "迁徙": ("H", "355000.00")}
    expected |= {"拨备参考": ("D", "21250.00")}
    for name, (column, amount) in expected.items():
        sheet = book[name]
        cell = f"{column}{total_row(sheet)}"
        assert sheet[cell].data_type == "f", name
        assert computed(sheet, cell) == Decimal(amount), name


def test_the_bridge_checks_itself(cast):
    close_both(cast)
    sheet = workbook(branch_no="", month_key="2026-05")["不良变动"]
    assert computed(sheet, f"B{total_row(sheet) + 2}") == 0


def test_sheets_have_tables_charts_and_print_set_up(cast):
    close_both(cast)
    book = workbook(branch_no="B1", month_key="2026-05")
    assert [len(book[name]._charts) for name in ("五级分类", "不良变动", "逾期", "趋势")] == [1, 1, 1, 1]
    for sheet in book:
        assert len(sheet.tables) >= 1, sheet.title
        # A name like T1 would be a cell's, and Excel would call the file damaged.
        assert all(name.startswith("Summary_") for name in sheet.tables)
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert "North Branch 2026年5月资产质量月报" in sheet["A1"].value
        assert "数据截至2026年5月31日日终 · 月结冻结数" in sheet["A2"].value


def test_texts_are_never_formulas(cast):
    close_both(cast)
    Borrower.objects.filter(borrower_no="C-L-2").update(name="=HYPERLINK(A1)")
    sheet = workbook(branch_no="", month_key="2026-05")["大户"]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=HYPERLINK(A1)")
    assert cell.data_type == "s"


def test_the_running_month_says_that_it_is_preliminary(cast):
    build_april(cast)
    BusinessDate.objects.update(current=day("2026-05-04"))
    book = workbook(branch_no="")
    assert "月中初步数" in book["概览"]["A2"].value
    assert "没有期初数" in book["不良变动"]["A4"].value


def test_the_words_say_what_the_tables_say(cast):
    close_both(cast)
    text = "".join(sentences(summary_for("", "2026-05")))
    assert "余额32.50万元" in text
    assert "不良率26.15%,较月初下降6.11个百分点" in text
    assert "本期新发生不良5.00万元;现金收回1.00万元,上调2.00万元,核销3.00万元,处置0.50万元" in text
    assert "不良余额最大的3户为:Firm L-2(5.00万元,占58.82%)" in text


@pytest.mark.parametrize("month", ["2026-04", "2026-05"])
def test_the_pdf_is_a4_landscape(cast, month):
    close_both(cast)
    content = export_summary(summary_for("", month), "pdf", actor=None)
    assert content.startswith(b"%PDF-")
    assert len(content) > 20_000
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    if boxes:  # not packed into an object stream
        assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(842, 595)}


class TestCommand:
    @pytest.mark.parametrize("name", ["may.xlsx", "may.pdf", "MAY.XLSX"])
    def test_writes_the_file(self, cast, tmp_path: Path, capsys, name):
        close_both(cast)
        out = tmp_path / name
        call_command("monthly_summary", month="2026-05", branch="B1", out=str(out))
        assert out.stat().st_size > 5_000
        assert "B1 2026-05 (frozen), as of 2026-05-31" in capsys.readouterr().out
        assert AuditEvent.objects.filter(action="report.exported").count() == 1

    def test_the_running_month_works_too(self, cast, tmp_path: Path, capsys):
        build_april(cast)
        BusinessDate.objects.update(current=day("2026-05-04"))
        call_command("monthly_summary", month="2026-05", out=str(tmp_path / "may.xlsx"))
        assert "(preliminary), as of 2026-05-03" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"month": "2026-5"}, "2026-5"),
            ({"month": "2026-13"}, "2026-13"),
            ({"month": "2025-01"}, "2025-01"),
            ({"branch": "X9"}, "X9"),
            ({"out": "may.doc"}, ".xlsx"),
            ({"out": "/nowhere/at/all/may.pdf"}, "/nowhere/at/all"),
        ],
    )
    def test_says_what_is_wrong(self, cast, tmp_path: Path, options, said):
        close_both(cast)
        known = {"month": "2026-05", "out": str(tmp_path / "may.xlsx")}
        with pytest.raises(CommandError, match=re.escape(said)) as refusal:
            call_command("monthly_summary", **{**known, **options})
        assert refusal.value.returncode == 1
        assert list(tmp_path.iterdir()) == []

    def test_on_an_empty_database(self, db, tmp_path: Path):
        with pytest.raises(CommandError):
            call_command("monthly_summary", month="2026-05", out=str(tmp_path / "may.xlsx"))
