"""The list that goes to the post office, or into the courier's bag, with a batch of letters."""

import io
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from collections_app.models import Notice
from org.models import User

RISKY = ("=", "+", "-", "@", "\t", "\r")
WIDTHS = (6, 26, 24, 34, 46, 24, 14, 18, 12, 18, 14)


def dispatch_list(notices: Iterable[Notice], *, made_by: User, made_on: str) -> bytes:
    """One row a letter, with empty columns for tracking number, date and signature; an xlsx file.

    The first row says who exported it and when.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side

    book = Workbook()
    sheet = book.active
    sheet.title = _("Dispatch list")
    sheet.append([f"{_('Dispatch list')} · {made_on} · {made_by}"])
    sheet.append(_heads())
    for n, notice in enumerate(notices, start=1):
        sheet.append([n, *map(guarded, _row(notice)), "", "", ""])
    thin = Border(*(Side(style="thin", color="999999") for _side in range(4)))
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.border = thin
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in (sheet["A1"], *sheet[2]):
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDEFGHIJK", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A3"
    _for_paper(sheet)
    return _bytes(book)


def _heads() -> list[str]:
    return [
        pgettext("list", "No."),
        _("Letter no."),
        _("Kind"),
        _("Addressee"),
        _("Address"),
        _("Loan no."),
        _("Deadline"),
        _("Officer"),
        _("Sent on"),
        _("Tracking no."),
        _("Handed over by"),
    ]


def _row(notice: Notice) -> list[str]:
    return [
        notice.number,
        str(notice.get_kind_display()),
        notice.addressee,
        notice.address,
        ", ".join(notice.duty.loan_nos),
        notice.duty.due_on.isoformat(),
        notice.owner.name if notice.owner else "",
    ]


def guarded(text: str) -> str:
    """A text that a spreadsheet would run as a formula, made plain."""
    return f"'{text}" if text.startswith(RISKY) else text


def _for_paper(sheet: Any) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "2:2"


def _bytes(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
