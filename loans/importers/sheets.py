"""Sheets of a workbook as rows of text: the values that were computed when it was saved, never formulas."""

import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from loans.importers.errors import DeliveryRefused

if TYPE_CHECKING:
    from loans.importers.source import SourceFile

# Excel keeps 15 digits; a longer number has been rounded without anybody noticing.
EXACT_BELOW = 10**15


def sheet_names(content: bytes, name: str) -> list[str]:
    """The titles of a workbook's sheets."""
    return list(_workbook(content, name).sheet_names)


def sheet_rows(file: "SourceFile") -> Iterator[list[str]]:
    """The rows of a sheet from its first row and column on, as the texts a CSV file would have."""
    with file.open() as stream:
        sheet = _workbook(stream.read(), file.name).get_sheet_by_name(file.sheet)
    for line, row in enumerate(sheet.to_python(skip_empty_area=False), 1):
        yield [_text(value, file.name, line) for value in row[: _used(row)]]


def _workbook(content: bytes, name: str) -> Any:
    import python_calamine

    try:
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise DeliveryRefused(
            "bad_workbook", _("%(file)s is not a workbook that can be read.") % {"file": name}
        ) from error


def _used(row: list[Any]) -> int:
    """How many cells there are up to the last one with something in it; the rest is formatting."""
    return max((i for i, value in enumerate(row, 1) if value != ""), default=0)


def _text(value: Any, name: str, line: int) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return _number(value, name, line)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _number(value: float, name: str, line: int) -> str:
    """A number as people see it in the cell; Excel itself shows no more than 15 digits."""
    if abs(value) >= EXACT_BELOW:
        raise DeliveryRefused(
            "digits_lost",
            _("%(file)s, line %(line)s: a number of more than 15 digits has been rounded; format it as text.")
            % {"file": name, "line": line},
        )
    return format(Decimal(format(value, ".15g")), "f")
