"""What an author may write into a report, and when it is complete enough to hand in."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import ApplicationError
from inspections.enums import Conclusion, Method, ReportKind
from inspections.models import InspectionReport
from inspections.rules import findings as rules
from inspections.selectors.reports import CONTENT, holdings, newest_statements, question_of
from loans.enums import BorrowerType

MEASURE_KEYS = ("what", "owner", "due_on")
MAX_ANSWER, MAX_NOTE, MAX_MEASURES = 4000, 1000, 30
OWED = ("visited_on", "method", "received_by", "cooperation", "conclusion", "summary")

Errors = dict[str, list[str]]

PROBLEMS = {
    rules.MISSING: gettext_lazy("This question must be answered."),
    rules.EMPTY_PHRASE: gettext_lazy(
        "Say what was found: a fact or figure, where it comes from, how it differs from last time."
        " “Normal” or “no change” alone is no finding."
    ),
    rules.NOT_A_FIGURE: gettext_lazy("Enter a plain number."),
    rules.UNKNOWN_CHOICE: gettext_lazy("Choose one of the answers."),
    rules.REMARK_MISSING: gettext_lazy("This answer needs a remark that says what was seen."),
    rules.SOURCE_MISSING: gettext_lazy("Say where the figure comes from."),
}


# --- what may be written -----------------------------------------------------------------------------
def cleaned_content(report: InspectionReport, content: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a report as they are stored; ApplicationError beside what cannot be.

    TypeError for a part that a report does not have.
    """
    if unknown := sorted(set(content) - set(CONTENT)):
        raise TypeError(f"a report has no {', '.join(unknown)}")
    errors: Errors = {}
    cleaned = {name: _plain(value) for name, value in content.items()}
    if "findings" in content:
        cleaned["findings"] = _findings(report, content["findings"], errors)
    if "measures" in content:
        cleaned["measures"] = _measures(content["measures"], errors)
    if errors:
        raise ApplicationError("not_saved", _("Please mend the marked fields."), details=errors)
    return cleaned


def _plain(value: Any) -> Any:
    return value.replace("\0", "").strip() if isinstance(value, str) else value


def _findings(
    report: InspectionReport, written: Mapping[str, Mapping[str, str]], errors: Errors
) -> dict[str, dict[str, str]]:
    known = set(report.checklist.items.values_list("code", flat=True))
    kept = {}
    for code in sorted(known & written.keys()):
        finding = {key: str(_plain(written[code].get(key, ""))) for key in ("answer", "note")}
        if len(finding["answer"]) > MAX_ANSWER or len(finding["note"]) > MAX_NOTE:
            errors[f"item:{code}"] = [_("This text is too long.")]
        if any(finding.values()):
            kept[code] = finding
    return kept


def _measures(written: Any, errors: Errors) -> list[dict[str, str]]:
    rows = [{key: str(_plain(row.get(key) or ""))[:MAX_NOTE] for key in MEASURE_KEYS} for row in written]
    kept = [row for row in rows if any(row.values())]
    if len(kept) > MAX_MEASURES:
        errors["measures"] = [_("At most %(n)s measures.") % {"n": MAX_MEASURES}]
    if any(row["due_on"] and _date(row["due_on"]) is None for row in kept):
        errors["measures"] = [_("Enter the dates of the measures as year-month-day.")]
    return kept


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


# --- when it is complete ---------------------------------------------------------------------------------
def require_complete(report: InspectionReport, business_date: dt.date) -> None:
    """ApplicationError("incomplete") with every gap beside its field (``item:A1`` for a question)."""
    errors = gaps(report, business_date)
    if errors:
        message = _("The report is saved, but not complete: mend the marked fields, then submit it again.")
        raise ApplicationError("incomplete", message, details=errors)


def gaps(report: InspectionReport, business_date: dt.date) -> Errors:
    """What keeps a report from being handed in, by field."""
    errors: Errors = {name: [_("This field is required.")] for name in OWED if not getattr(report, name)}
    for check in (_visit, _people, _statements, _measures_due):
        check(report, business_date, errors)
    questions = [question_of(item) for item in report.checklist.items.all()]
    found = rules.problems(questions, report.findings, report.kind, holdings(report))
    return errors | {f"item:{code}": [str(PROBLEMS[problem])] for code, problem in found.items()}


def _visit(report: InspectionReport, business_date: dt.date, errors: Errors) -> None:
    day = report.visited_on
    if day is None:
        return
    if day > business_date:
        errors["visited_on"] = [_("The inspection cannot lie in the future.")]
    elif day < report.period_start:
        message = _("The inspection must lie in the period, which begins on %(date)s.")
        errors["visited_on"] = [message % {"date": report.period_start.isoformat()}]


def _people(report: InspectionReport, business_date: dt.date, errors: Errors) -> None:
    """On site there are two of the bank."""
    if report.method != Method.ON_SITE:
        return
    if not report.place:
        errors["place"] = [_("Say where the inspection took place.")]
    if not report.second_inspector:
        errors["second_inspector"] = [_("An inspection on site is done by two persons.")]
    elif report.second_inspector in (report.author.name, report.author.employee_no):
        errors["second_inspector"] = [_("The second inspector is somebody else than the author.")]


def _statements(report: InspectionReport, business_date: dt.date, errors: Errors) -> None:
    """INS-6: the newest financial statements on file are used."""
    if report.borrower.borrower_type != BorrowerType.CORPORATE or report.kind == ReportKind.FIRST:
        return
    newest = newest_statements(report.borrower)
    if report.statements_on is None:
        errors["statements_on"] = [_("This field is required.")]
    elif report.statements_on > business_date:
        errors["statements_on"] = [_("The statements cannot lie in the future.")]
    elif newest is not None and report.statements_on < newest:
        message = _("Newer statements are on file: %(date)s. The report must use them.")
        errors["statements_on"] = [message % {"date": newest.isoformat()}]


def _measures_due(report: InspectionReport, business_date: dt.date, errors: Errors) -> None:
    """INS-10: whoever sees something amiss says what is done about it, by whom and by when."""
    if report.conclusion in (Conclusion.WATCH, Conclusion.WARNING) and not report.measures:
        errors["measures"] = [_("Name at least one measure, unless nothing was amiss.")]
    if any(not all(row.get(key) for key in MEASURE_KEYS) for row in report.measures):
        errors["measures"] = [_("Every measure needs what is done, by whom and by when.")]
