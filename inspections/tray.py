"""The tray of work logs on the desk, and how a report lies open there."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from approvals.desk import Item, Sheet
from approvals.enums import Outcome
from inspections.enums import FactCategory
from inspections.models import InspectionReport, WorkLog
from inspections.selectors.logs import logs_to_review, visible_log
from inspections.selectors.reports import evidence_of, sections_of
from inspections.services import open_work_log, return_work_log, sign_work_log
from org.models import User

NAME = "work_log"
OUTCOMES = (Outcome.APPROVE, Outcome.RETURN)


def waiting(user: User, on: dt.date, limit: int, delegators: Sequence[User]) -> list[Item]:
    """Submitted logs that the person reviews; one query."""
    logs: QuerySet[Any] = logs_to_review(user, on, delegators)
    return [
        Item(
            tray=NAME,
            number=log.log_no,
            title=f"{log.borrower.name} · {log.activity_on.isoformat()}",
            kind=log.get_kind_display(),
            author=log.author.name,
            branch=log.branch.name,
            due_on=log.due_on or on,
            opened=log.opened is not None,
        )
        for log in logs[:limit]
    ]


def sheet(user: User, log: WorkLog) -> Sheet:
    """The log with its facts and earlier reviews."""
    return Sheet("inspections/_log_sheet.html", log_reading(log), seen=log.submission)


def log_reading(log: WorkLog) -> dict[str, Any]:
    """What a page needs to show a log."""
    names = dict(FactCategory.choices)
    return {
        "log": log,
        "facts": [{**fact, "name": names.get(fact.get("category", ""), "")} for fact in log.facts],
        "reviews": log.reviews.select_related("reviewer", "on_behalf_of"),
    }


def note_opening(user: User, log: WorkLog, on: dt.date) -> None:
    open_work_log(log, actor=user, business_date=on)


def review(
    log: WorkLog, *, actor: User, business_date: dt.date, outcome: str, opinion: str, seen: int
) -> None:
    """Sign or return the submission that was seen."""
    act = return_work_log if outcome == Outcome.RETURN else sign_work_log
    act(log, actor=actor, business_date=business_date, opinion=opinion, submission=seen)


def find(user: User, number: str) -> WorkLog | None:
    return visible_log(user, number)


def report_reading(user: User, number: str) -> tuple[str, Mapping[str, Any]]:
    """A submitted report with its files, for whoever signs it."""
    report = InspectionReport.objects.select_related("borrower", "author", "checklist").get(report_no=number)
    values = {"report": report, "sections": sections_of(report), "evidence": evidence_of(report)}
    return "inspections/_report_sheet.html", values
