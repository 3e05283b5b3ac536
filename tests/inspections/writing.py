"""A report that is complete, and the duty that it answers."""

import datetime as dt
from typing import Any

from core.models import BusinessDate
from duties.models import Duty
from inspections.models import InspectionReport
from inspections.services import draft_report, submit_report, write_report
from loans.models import Borrower
from tests.builders import build_borrower, build_loan, day
from tests.cast import Cast
from tests.duties.conftest import open_rule_duty

# Q1 ends on a Tuesday; 15 working days later is 2026-04-22.
QUARTER_END, DUE = day("2026-03-31"), day("2026-04-22")
VISIT, TODAY = day("2026-04-08"), day("2026-04-10")
OPINION = "Figures agree with the statements on file"

TEXT = "Orders of 320 tons until May, 12 % fewer than in the last quarter (order book)"


def start(on: dt.date = TODAY) -> None:
    BusinessDate.objects.update_or_create(pk=1, defaults={"current": on, "started_on": day("2026-01-05")})


def customer(cast: Cast, no: str = "C-A", **loan: Any) -> Borrower:
    borrower = build_borrower(no, cast.branches["S01"], cast.rm_a)
    build_loan(f"L-{no}", borrower, disbursed="2025-06-05", matures="2027-06-05", **loan)
    return borrower


def quarter_duty(cast: Cast, no: str = "C-A", **fields: Any) -> Duty:
    values = {"period_key": "2026Q1", "loans": f"L-{no}", "borrower_no": no, "subject_no": no}
    return open_rule_duty(cast, "REPORT_QUARTER", anchor=QUARTER_END, **{**values, **fields})


def first_duty(cast: Cast, no: str = "C-A", loan_no: str = "", on: str = "2026-03-20") -> Duty:
    loan_no = loan_no or f"L-{no}"
    values = {"period_key": on, "loans": loan_no, "borrower_no": no, "subject_no": loan_no}
    return open_rule_duty(cast, "FIRST_INSPECTION", anchor=day(on), **values)


def findings(report: InspectionReport, **changes: Any) -> dict[str, dict[str, str]]:
    """An answer to every question; adverse choices avoided."""
    found: dict[str, dict[str, str]] = {}
    for item in report.checklist.items.all():
        good = [code for code, _words in item.options if code not in item.adverse]
        answer = {"text": TEXT, "figure": "75.5"}.get(item.answer) or good[0]
        found[item.code] = {"answer": answer, "note": "order book"}
    for code, answer in changes.items():
        found[code] = answer if isinstance(answer, dict) else {"answer": answer, "note": ""}
    return found


def head(**changes: Any) -> dict[str, Any]:
    values = {
        "visited_on": VISIT,
        "method": "on_site",
        "place": "Industry road 34",
        "second_inspector": "Person E003",
        "received_by": "Ms Wang, chief accountant",
        "cooperation": "cooperative",
        "statements_on": day("2025-12-31"),
        "conclusion": "no_anomaly",
        "summary": "Repayment in June is covered by the orders on hand.",
        "proposed_class": "normal",
        "proposed_regime": "regular",
    }
    return {**values, **changes}


def written(cast: Cast, duty: Duty, *, on: dt.date = TODAY, **changes: Any) -> InspectionReport:
    """A draft that could be handed in."""
    report = draft_report(duty, actor=cast.rm_a, business_date=on)
    content = {**head(), "findings": findings(report), **changes}
    return write_report(report, actor=cast.rm_a, business_date=on, version=report.version, **content)


def handed_in(cast: Cast, duty: Duty, *, on: dt.date = TODAY, **changes: Any) -> InspectionReport:
    report = written(cast, duty, on=on, **changes)
    return submit_report(report, actor=cast.rm_a, business_date=on)


def posted(report: InspectionReport, **changes: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    data: dict[str, Any] = {"version": report.version, **head()}
    for code, finding in findings(report).items():
        data |= {f"answer-{code}": finding["answer"], f"note-{code}": finding["note"]}
    return {**data, **changes}
