"""Duties as rows for other systems: the fields of contracts section 3, as of a date."""

import csv
import datetime as dt
import json
from collections.abc import Iterator
from typing import IO, Any

from duties.enums import DutyState
from duties.models import Duty
from duties.querysets import DutyQuerySet
from org.models import Branch

FIELDS = (
    "code",
    "clause",
    "subject_type",
    "subject_no",
    "loans",
    "borrower_no",
    "branch_no",
    "owner",
    "period_key",
    "anchor_on",
    "opens_on",
    "due_on",
    "state",
    "done_on",
    "closed_on",
    "close_reason",
    "missed",
    "provisional",
    "explanation",
)
CHUNK = 5000


def duty_rows(duties: DutyQuerySet, as_of: dt.date | None = None) -> Iterator[dict[str, Any]]:
    """Rows sorted by code, subject and period; with ``as_of``, in the state at the close of that date.

    Dates are ISO text, empty is None, ``loans`` a sorted list, ``explanation`` an object.
    """
    if as_of is not None:
        duties = duties.as_of(as_of)
    ordered = duties.select_related("branch", "owner").order_by("code", "subject_no", "period_key")
    for duty in ordered.iterator(chunk_size=CHUNK):
        yield _row(duty, as_of)


def _row(duty: Duty, as_of: dt.date | None) -> dict[str, Any]:
    closed = duty.closed_on is not None and (as_of is None or duty.closed_on <= as_of)
    return {
        "code": duty.code,
        "clause": duty.clause,
        "subject_type": duty.subject_type,
        "subject_no": duty.subject_no,
        "loans": duty.loan_nos,
        "borrower_no": duty.borrower_no or None,
        "branch_no": duty.branch.branch_no,
        "owner": duty.owner.employee_no if duty.owner else None,
        "period_key": duty.period_key,
        "anchor_on": duty.anchor_on.isoformat(),
        "opens_on": duty.opens_on.isoformat(),
        "due_on": duty.due_on.isoformat(),
        "state": duty.state if closed else DutyState.OPEN.value,
        "done_on": duty.done_on.isoformat() if closed and duty.done_on else None,
        "closed_on": duty.closed_on.isoformat() if closed and duty.closed_on else None,
        "close_reason": (duty.close_reason or None) if closed else None,
        "missed": duty.missed if closed else False,
        "provisional": duty.provisional,
        "explanation": dict(sorted(duty.explanation.items())),
    }


def write_jsonl(rows: Iterator[dict[str, Any]], out: IO[str]) -> int:
    """One JSON object a line; returns the number of rows."""
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - the last value is the count
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def write_csv(rows: Iterator[dict[str, Any]], out: IO[str]) -> int:
    """CSV with a header; lists joined by ``;``, texts that a spreadsheet would run as a formula guarded."""
    writer = csv.DictWriter(out, FIELDS)
    writer.writeheader()
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007
        writer.writerow({name: _flat(value) for name, value in row.items()})
    return count


def write_xlsx(rows: Iterator[dict[str, Any]], path: str) -> int:
    """One sheet, written row by row so that memory stays flat."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("duties")
    sheet.freeze_panes = "A2"
    sheet.append(list(FIELDS))
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007
        sheet.append([_flat(value) for value in row.values()])
    book.save(path)
    return count


def _flat(value: Any) -> Any:
    if isinstance(value, list):
        value = ";".join(value)
    elif isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def visible_duties(*, code: str | None = None, branch_no: str | None = None) -> DutyQuerySet:
    """All duties for an operator's export, of one code or of a branch and those below it."""
    duties = Duty.objects.all()
    if code:
        duties = duties.filter(code=code)
    if branch_no:
        branch = Branch.objects.get(branch_no=branch_no)
        duties = duties.filter(branch__in=Branch.objects.subtree_of(branch))
    return duties
