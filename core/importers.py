"""Calendar files in: the State Council's notice of one year as rows of date, is_workday, name."""

import csv
import datetime as dt
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from core.errors import ApplicationError
from core.services import CalendarDay

COLUMNS = ("date", "is_workday", "name")
MAX_BYTES = 200_000
NAME_LENGTH = 60
YEARS = range(2000, 2101)
TRUE, FALSE = {"1", "true", "yes", "y", "是"}, {"0", "false", "no", "n", "否"}


def read_calendar(content: bytes) -> list[CalendarDay]:
    """The whole year that a calendar file tells.

    UTF-8 CSV with the columns date, is_workday and (optional) name, all rows of one year. Rows that are
    missing follow Monday-Friday, so the file may name the exceptions only. ApplicationError
    ("calendar_file") with ``details["rows"]`` = [{line, column, value, reason}] for every fault.
    """
    rows = list(_rows(content))
    faults: list[dict[str, object]] = []
    days: dict[dt.date, CalendarDay] = {}
    for line, row in rows:
        day = _day(line, row, faults)
        if day and day.date in days:
            faults.append(_fault(line, "date", row["date"], _("This date stands twice in the file.")))
        elif day:
            days[day.date] = day
    years = {date.year for date in days}
    if len(years) > 1:
        faults.append(_fault(0, "date", ", ".join(map(str, sorted(years))), _("One year a file.")))
    if faults or not days:
        raise _refusal(_("The calendar file has %(n)s faults.") % {"n": len(faults) or 1}, faults)
    return list(_whole_year(years.pop(), days))


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    if len(content) > MAX_BYTES:
        raise _refusal(_("The file is too large for one year's calendar."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refusal(_("The file is not UTF-8 text.")) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        missing = [name for name in COLUMNS[:2] if name not in (reader.fieldnames or ())]
        if missing:
            raise _refusal(_("Missing column: %(names)s.") % {"names": ", ".join(missing)})
        for row in reader:
            yield reader.line_num, {name: (row.get(name) or "").strip() for name in COLUMNS}
    except csv.Error as error:
        raise _refusal(_("The file is not valid CSV: %(error)s.") % {"error": error}) from None


def _day(line: int, row: dict[str, str], faults: list[dict[str, object]]) -> CalendarDay | None:
    flag = row["is_workday"].lower()
    if flag not in TRUE | FALSE:
        faults.append(_fault(line, "is_workday", row["is_workday"], _("1 or 0 expected.")))
        return None
    if len(row["name"]) > NAME_LENGTH:
        faults.append(_fault(line, "name", row["name"], _("Too long.")))
        return None
    date = _date(row["date"])
    if date is None:
        faults.append(_fault(line, "date", row["date"], _("A date like 2027-01-31 expected.")))
        return None
    return CalendarDay(date, flag in TRUE, row["name"])


def _date(text: str) -> dt.date | None:
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return date if date.year in YEARS else None


def _whole_year(year: int, days: dict[dt.date, CalendarDay]) -> Iterator[CalendarDay]:
    day = dt.date(year, 1, 1)
    while day.year == year:
        yield days.get(day) or CalendarDay(day, day.weekday() < 5)
        day += dt.timedelta(days=1)


def _fault(line: int, column: str, value: str, reason: str) -> dict[str, object]:
    return {"line": line, "column": column, "value": value[:80], "reason": reason}


def _refusal(message: str, rows: list[dict[str, object]] | None = None) -> ApplicationError:
    return ApplicationError("calendar_file", message, details={"rows": rows or []})
