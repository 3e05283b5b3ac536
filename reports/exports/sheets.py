"""Tables of a workbook: Excel's own tables with number formats, and totals that Excel computes.

Texts are written as texts, so that none is run as a formula.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

TEXT, COUNT, MONEY, PERCENT = "@", "#,##0", "#,##0.00", '0.00"%"'
SHARE = "0.00%"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
TITLE_ROW, NOTE_ROW, FIRST_ROW = 1, 2, 4
ACCENT, HEAD, LINE = "1D5A96", "E8F0F8", "DFE4EA"


@dataclass(frozen=True)
class Column:
    """A column: its head, how its numbers look, and its total.

    ``total`` is ``sum``, a formula, or empty; ``formula`` computes the cells instead of the given values. In
    both ``{row}`` is the own row, ``{first}``/``{last}`` the first and last of the table, ``{total}`` the
    total's row.
    """

    title: str
    style: str = MONEY
    total: str = ""
    formula: str = ""
    width: int = 18


@dataclass(frozen=True)
class Place:
    """Where a table stands on its sheet."""

    head: int
    first: int
    last: int
    total: int


def quotient(part: str, whole: str) -> str:
    """A formula for a ratio that prints a dash for nothing."""
    return f'=IF({whole}=0,"—",{part}/{whole})'


class Book:
    """A workbook whose sheets all look alike."""

    def __init__(self, title: str, note: str, footer: str) -> None:
        from openpyxl import Workbook

        self.title, self.note, self.footer = title, note, footer
        self.book = Workbook()
        self.book.remove(self.book.active)
        self.book.properties.title, self.book.properties.creator = title, "PostLoan"
        self._tables = 0

    def sheet(self, name: str, heading: str, *, columns: int) -> Any:
        """A new sheet with its title, what the figures are as of, and set up for A4 landscape."""
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter

        sheet = self.book.create_sheet(name)
        put(sheet, TITLE_ROW, 1, f"{self.title} · {heading}").font = Font(bold=True, size=14, color=ACCENT)
        put(sheet, NOTE_ROW, 1, self.note).font = Font(color="4F5C6B", size=9)
        sheet.sheet_view.showGridLines = False
        setup = sheet.page_setup
        setup.orientation, setup.paperSize = "landscape", 9
        setup.fitToWidth, setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_options.horizontalCentered = True
        sheet.oddFooter.left.text, sheet.oddFooter.right.text = self.footer, "第 &P 页 / 共 &N 页"
        sheet.oddFooter.left.size = sheet.oddFooter.right.size = 8
        sheet.print_title_rows = f"{TITLE_ROW}:{NOTE_ROW}"
        for number in range(1, columns + 1):
            sheet.column_dimensions[get_column_letter(number)].width = 16
        return sheet

    def table(
        self,
        sheet: Any,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Any]],
        *,
        at: int = FIRST_ROW,
        caption: str = "",
    ) -> Place:
        """Write a table at a row; with a ``total`` in any column a row of totals stands below it."""
        from openpyxl.styles import Font

        if caption:
            put(sheet, at, 1, caption).font = Font(bold=True)
            at += 1
        data = [list(row) for row in rows] or [["" for _ in columns]]
        place = Place(at, at + 1, at + len(data), at + len(data) + 1)
        self._head(sheet, columns, place)
        for number, row in enumerate(data, start=place.first):
            for index, (column, value) in enumerate(zip(columns, row, strict=True), start=1):
                _cell(sheet, number, index, column, value, place)
        self._register(sheet, columns, place)
        if any(column.total for column in columns):
            _totals(sheet, columns, place)
        return place

    def _head(self, sheet: Any, columns: Sequence[Column], place: Place) -> None:
        from openpyxl.styles import Alignment, Font, PatternFill
        from openpyxl.utils import get_column_letter

        for index, column in enumerate(columns, start=1):
            cell = put(sheet, place.head, index, column.title)
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor=HEAD)
            cell.alignment = Alignment(horizontal="left" if column.style == TEXT else "right", wrap_text=True)
            dimension = sheet.column_dimensions[get_column_letter(index)]
            dimension.width = max(dimension.width, column.width)

    def _register(self, sheet: Any, columns: Sequence[Column], place: Place) -> None:
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.table import Table, TableStyleInfo

        self._tables += 1
        reference = f"A{place.head}:{get_column_letter(len(columns))}{place.last}"
        table = Table(displayName=f"Summary_{self._tables}", ref=reference)
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        sheet.add_table(table)

    def save(self, target: Any) -> None:
        self.book.save(target)


def put(sheet: Any, row: int, column: int, value: Any) -> Any:
    """A value into a cell; a text stays a text whatever it begins with."""
    cell = sheet.cell(row=row, column=column)
    if isinstance(value, str):
        cell.value = CONTROL.sub("", value)
        cell.data_type = "s"
    else:
        cell.value = value
    return cell


def formula(sheet: Any, row: int, column: int, text: str, style: str) -> Any:
    cell = sheet.cell(row=row, column=column, value=text)
    cell.number_format = style
    return cell


def _cell(sheet: Any, row: int, index: int, column: Column, value: Any, place: Place) -> None:
    from openpyxl.styles import Alignment, Border, Side

    if column.formula:
        cell = formula(sheet, row, index, _filled(column.formula, row, place), column.style)
    else:
        cell = put(sheet, row, index, "—" if value is None else _plain(value, column.style))
        cell.number_format = column.style
    cell.alignment = Alignment(horizontal="left" if column.style == TEXT else "right", vertical="top")
    cell.border = Border(bottom=Side(style="hair", color=LINE))


def _plain(value: Any, style: str) -> Any:
    return str(value) if style == TEXT else value


def _totals(sheet: Any, columns: Sequence[Column], place: Place) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.utils import get_column_letter

    for index, column in enumerate(columns, start=1):
        if index == 1:
            cell = put(sheet, place.total, 1, "合计")
        elif column.total:
            letter = get_column_letter(index)
            text = (
                "=SUM(" + letter + "{first}:" + letter + "{last})" if column.total == "sum" else column.total
            )
            cell = formula(sheet, place.total, index, _filled(text, place.total, place), column.style)
            cell.alignment = Alignment(horizontal="right")
        else:
            cell = sheet.cell(row=place.total, column=index)
        cell.font, cell.border = Font(bold=True), Border(top=Side(style="thin"), bottom=Side(style="double"))


def _filled(text: str, row: int, place: Place) -> str:
    return text.format(row=row, first=place.first, last=place.last, total=place.total)
