"""The demo's officers write their reports and work logs, and their supervisors sign them.

What is written hangs on the duty alone, so that every run tells the same.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from approvals.enums import Outcome
from core.periods import period_containing
from duties.enums import SubjectType
from duties.models import Duty
from inspections.models import ChecklistItem, InspectionReport, WorkLog
from inspections.selectors.reports import newest_statements
from inspections.services import (
    draft_report,
    draft_work_log,
    open_work_log,
    record_activity,
    return_work_log,
    sign_work_log,
    submit_report,
    submit_work_log,
    write_report,
)
from loans.enums import BorrowerType
from loans.models import Borrower
from org.models import User
from postloan.demo.words import dice, words

RETURNED = 0.12
WATCHED = 0.1
COLLEAGUE = "客户经理同事"


def write_and_submit(duty: Duty, author: User, today: date) -> None:
    """The whole report that answers a duty, and others with it."""
    report = draft_report(duty, actor=author, business_date=today)
    fate = dice("report", duty.borrower_no, duty.period_key)
    write_report(
        report, actor=author, business_date=today, version=report.version, **_content(report, today, fate)
    )
    submit_report(report, actor=author, business_date=today)


def _correct_report(report: InspectionReport, author: User, today: date) -> None:
    """Hand a returned report in again with what was asked for."""
    more = words()["inspection"]["corporate"]["B4"].format(**_figures(dice("again", report.report_no)))
    write_report(
        report,
        actor=author,
        business_date=today,
        version=report.version,
        summary=f"{report.summary};{more}",
        statements_on=report.statements_on and _statements_on(report),
    )
    submit_report(report, actor=author, business_date=today)


def _content(report: InspectionReport, today: date, fate: Random) -> dict[str, Any]:
    text, corporate = words()["inspection"], report.borrower.borrower_type == BorrowerType.CORPORATE
    watched = fate.random() < WATCHED
    visited = max(report.period_start, today - timedelta(days=fate.randint(1, 6)))
    who = "received_by" if corporate else "received_by_person"
    return {
        "visited_on": min(visited, today),
        "method": "on_site",
        "place": report.borrower.registered_address or report.borrower.branch.name,
        "second_inspector": COLLEAGUE,
        "received_by": text[who].format(surname=fate.choice("王李张刘陈")),
        "cooperation": "cooperative",
        "statements_on": _statements_on(report) if corporate else None,
        "conclusion": "watch" if watched else "no_anomaly",
        "summary": text["summary_watch" if watched else "summary"],
        "findings": {item.code: _finding(item, corporate, fate) for item in report.checklist.items.all()},
        "measures": [_measure(report, today)] if watched else [],
    }


def _statements_on(report: InspectionReport) -> date:
    """Of those on file, else of those that were shown on the visit."""
    return newest_statements(report.borrower) or report.period_start - timedelta(days=1)


def _measure(report: InspectionReport, today: date) -> dict[str, str]:
    due_on = today + timedelta(days=30)
    return {
        "what": words()["inspection"]["measure"],
        "owner": report.author.name,
        "due_on": due_on.isoformat(),
    }


def _finding(item: ChecklistItem, corporate: bool, fate: Random) -> dict[str, str]:
    text = words()["inspection"]
    note = text["note"] if item.needs_source else ""
    if item.answer == "text":
        phrases = text["corporate" if corporate else "personal"]
        return {"answer": phrases.get(item.code, "").format(**_figures(fate)), "note": ""}
    if item.answer == "figure":
        return {"answer": str(fate.randint(*text["figures"].get(item.code, [1, 100]))), "note": note}
    sound = [code for code, _words in item.options if code not in item.adverse]
    return {"answer": sound[0], "note": ""}


def _figures(fate: Random) -> dict[str, Any]:
    figures: dict[str, Any] = {name: fate.randint(2, 98) for name in "abcd"}
    return figures | {"month": fate.randint(1, 12)}


def write_logs(duty: Duty, author: User, today: date) -> None:
    """As many logs as the month still asks for, each about something that was done."""
    borrower = Borrower.objects.select_related("branch").get(borrower_no=duty.borrower_no)
    month = period_containing(duty.anchor_on, "month")
    written = WorkLog.objects.filter(
        borrower=borrower, activity_on__gte=month.start, activity_on__lte=month.end
    )
    # The month is done when they are signed, which takes the supervisor days.
    for number in range(written.count(), int(duty.explanation.get("required") or 1)):
        fate = dice("log", duty.subject_no, duty.period_key, number)
        ended_on = min(max(month.start, today - timedelta(days=fate.randint(0, 2))), today, month.end)
        _write_log(borrower, author, ended_on, today, fate)


def _write_log(borrower: Borrower, author: User, ended_on: date, today: date, fate: Random) -> None:
    text = words()["logs"]
    kind = fate.choice(["site_visit", "site_visit", "data_analysis", "documents"])
    activity = record_activity(
        actor=author, business_date=today, borrower=borrower, kind=kind, ended_on=ended_on
    )
    chosen = fate.sample(text["facts"], fate.choice([1, 1, 2]))
    log = draft_work_log(
        actor=author,
        business_date=today,
        borrower=borrower,
        kind=kind,
        activity_on=ended_on,
        activity=activity,
        place=borrower.registered_address[:100],
        persons=text["persons"],
        analysis=text["analysis"],
        next_step=text["next_step"],
        facts=[{**fact, "fact": fact["fact"].format(**_figures(fate))} for fact in chosen],
    )
    submit_work_log(log, actor=author, business_date=today)


def correct(duty: Duty, author: User, today: date) -> None:
    """What was sent back is mended and handed in again."""
    if duty.subject_type == SubjectType.INSPECTION_REPORT:
        _correct_report(InspectionReport.objects.get(report_no=duty.subject_no), author, today)
    else:
        submit_work_log(WorkLog.objects.get(log_no=duty.subject_no), actor=author, business_date=today)


def review(duty: Duty, supervisor: User, today: date) -> None:
    """Read the log, then sign it or send it back."""
    log = WorkLog.objects.select_related("borrower", "branch").get(log_no=duty.subject_no)
    fate = dice("review", log.borrower.borrower_no, log.activity_on, log.submission)
    open_work_log(log, actor=supervisor, business_date=today)
    back = log.submission == 1 and fate.random() < RETURNED
    act, opinions = (return_work_log, "returned") if back else (sign_work_log, "approved")
    act(log, actor=supervisor, business_date=today, opinion=fate.choice(words()["opinions"][opinions]))


def opinion_on_report(borrower: int, submission: int, level: int) -> tuple[Outcome, str]:
    """What a signer says to a report: one in eight goes back the first time."""
    fate = dice("sign", borrower, submission, level)
    back = submission == 1 and level == 1 and fate.random() < RETURNED
    outcome, opinions = (Outcome.RETURN, "returned") if back else (Outcome.APPROVE, "approved")
    return outcome, fate.choice(words()["opinions"][opinions])
