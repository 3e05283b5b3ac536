"""Reads over inspection reports: what they answer, what they are compared with, what their page shows."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from approvals.models import Decision, Request
from approvals.selectors import requests_for
from core.digests import content_hash
from core.paging import KeysetPage, Order, keyset_page
from documents.enums import IMAGES
from documents.models import StoredFile
from documents.selectors import files_of
from duties.enums import SubjectType
from duties.models import Duty
from inspections.enums import KIND_OF_DUTY, ApprovalKind, ReportKind, ReportState
from inspections.models import ChecklistItem, InspectionReport, ReportDuty
from inspections.rules.findings import Question
from loans.enums import Classification, Regime
from loans.models import Borrower, CollateralLoan, FinancialItem, Guarantee, Loan
from org.models import User

PAGE = 50
NEWEST_FIRST = Order("pk", descending=True)
BY_DEADLINE = Order("due_on")

HEADER = (
    *("visited_on", "method", "place", "second_inspector", "received_by", "cooperation", "statements_on"),
    *("conclusion", "summary", "proposed_class", "proposed_regime"),
)
CONTENT = (*HEADER, "findings", "measures")
FIXED = ("report_no", "kind", "period_key", "loans", "checklist_id", "borrower_id", "author_id")


# --- what a report answers ------------------------------------------------------------------------
def report_of(duty: Duty) -> InspectionReport | None:
    """The report that answers a duty."""
    answer = ReportDuty.objects.filter(duty=duty).select_related("report").first()
    return answer.report if answer else None


def duties_answered_with(duty: Duty) -> list[Duty]:
    """The open duties that one report answers together with ``duty``, itself included.

    Reports about periods with the same end go together, but for the annual one; first inspections of one
    borrower share a visit (INS-1).
    """
    kind = KIND_OF_DUTY[duty.code]
    codes = [code for code, of in KIND_OF_DUTY.items() if of == kind]
    open_ones = Duty.objects.open().filter(borrower_no=duty.borrower_no, code__in=codes)
    if kind != ReportKind.FIRST:
        open_ones = open_ones.filter(anchor_on=duty.anchor_on)
    answered = ReportDuty.objects.filter(duty=OuterRef("pk"))
    return list(open_ones.filter(~Exists(answered)).order_by("anchor_on", "pk"))


def covered_loans(report: InspectionReport) -> QuerySet[Loan]:
    return Loan.objects.filter(loan_no__in=report.loan_nos).order_by("loan_no")


def holdings(report: InspectionReport) -> set[str]:
    """Whether the covered loans are guaranteed and secured, as the checklist asks; one query."""
    rows = covered_loans(report).values_list(
        Exists(Guarantee.objects.filter(loan=OuterRef("pk"))),
        Exists(CollateralLoan.objects.filter(loan=OuterRef("pk"))),
    )
    return {
        name for row in rows for name, there in zip(("guarantee", "collateral"), row, strict=True) if there
    }


def route_of(report: InspectionReport) -> ApprovalKind:
    """Who signs: more people for key loans, and from special mention down (INS-9)."""
    rows = covered_loans(report).values_list("regime", "classification")
    plain = all(row == (Regime.REGULAR, Classification.NORMAL) for row in rows)
    return ApprovalKind.REGULAR if plain else ApprovalKind.KEY


def newest_statements(borrower: Borrower) -> dt.date | None:
    """The end of the period of the newest financial statements on file (INS-6)."""
    rows = FinancialItem.objects.filter(borrower=borrower).order_by("-period_end")
    return rows.values_list("period_end", flat=True).first()


def content_of(report: InspectionReport) -> dict[str, Any]:
    """What a signature under a report vouches for: everything written, and the files beside it."""
    files = files_of(SubjectType.INSPECTION_REPORT, report.report_no).order_by("pk")
    return {
        **{name: getattr(report, name) for name in (*FIXED, *CONTENT)},
        "files": list(files.values_list("sha256", flat=True)),
    }


def report_hash(report_no: str) -> str:
    return content_hash(content_of(InspectionReport.objects.get(report_no=report_no)))


# --- the checklist ----------------------------------------------------------------------------------
def question_of(item: ChecklistItem) -> Question:
    return Question(
        code=item.code,
        answer=item.answer,
        mandatory=frozenset(item.mandatory),
        choices=frozenset(code for code, _words in item.options),
        adverse=frozenset(item.adverse),
        needs=item.needs,
        needs_source=item.needs_source,
    )


def last_report(report: InspectionReport) -> InspectionReport | None:
    """The newest earlier report about the borrower that was handed in."""
    rows = _earlier_than(report.borrower_id, report.pk)
    return rows.first()


def _earlier_than(borrower: Any, pk: Any) -> QuerySet[InspectionReport]:
    handed_in = InspectionReport.objects.filter(borrower=borrower, submission__gt=0, pk__lt=pk)
    return handed_in.order_by("-period_end", "-pk")


def last_findings(report: InspectionReport) -> dict[str, dict[str, str]]:
    """The answers of the last report; at hand when the report came from `visible_report`."""
    if hasattr(report, "last_findings"):
        return report.last_findings or {}
    before = last_report(report)
    return before.findings if before else {}


@dataclass(frozen=True)
class Line:
    """One question with the answer of this report and of the last one, as written and in words."""

    item: ChecklistItem
    answer: str = ""
    note: str = ""
    last: str = ""
    last_note: str = ""
    owed: bool = False
    errors: list[str] = field(default_factory=list)

    @property
    def worded(self) -> str:
        return self.item.worded(self.answer)


@dataclass(frozen=True)
class Section:
    """A part of the checklist."""

    code: str
    title: str
    lines: list[Line]

    @property
    def answered(self) -> int:
        return sum(bool(line.answer) for line in self.lines)

    @property
    def owed(self) -> int:
        """How many mandatory questions have no answer yet."""
        return sum(line.owed and not line.answer for line in self.lines)

    @property
    def has_errors(self) -> bool:
        return any(line.errors for line in self.lines)


def sections_of(
    report: InspectionReport,
    *,
    findings: Mapping[str, Mapping[str, str]] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    to_write: bool = False,
) -> list[Section]:
    """The checklist of a report with its answers (or those just typed) beside the last report's.

    ``to_write`` also says which answers are owed.
    """
    shown = report.findings if findings is None else findings
    before = last_findings(report)
    has = holdings(report) if to_write else set()
    sections: dict[str, Section] = {}
    for item in report.checklist.items.all():
        section = sections.setdefault(item.section, Section(item.section, item.section_title, []))
        section.lines.append(_line(item, shown, before, report.kind, has, errors or {}))
    return list(sections.values())


def _line(
    item: ChecklistItem,
    findings: Mapping[str, Mapping[str, str]],
    before: Mapping[str, Mapping[str, str]],
    kind: str,
    has: set[str],
    errors: Mapping[str, list[str]],
) -> Line:
    now = findings.get(item.code, {})
    then = before.get(item.code, {})
    return Line(
        item=item,
        answer=now.get("answer", ""),
        note=now.get("note", ""),
        last=item.worded(then.get("answer", "")),
        last_note=then.get("note", ""),
        owed=question_of(item).is_owed(kind, has),
        errors=errors.get(f"item:{item.code}", []),
    )


# --- files ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Evidence:
    """A file of a report, and another report that shows the same bytes (QLY-4)."""

    file: StoredFile
    also_in: str

    @property
    def is_picture(self) -> bool:
        return self.file.media_type in IMAGES


def evidence_of(report: InspectionReport) -> list[Evidence]:
    """The files of a report; one query."""
    same = StoredFile.objects.filter(
        sha256=OuterRef("sha256"), subject_type=SubjectType.INSPECTION_REPORT
    ).exclude(subject_no=report.report_no)
    files = files_of(SubjectType.INSPECTION_REPORT, report.report_no)
    shown = files.annotate(also_in=Subquery(same.order_by("pk").values("subject_no")[:1]))
    return [Evidence(file, file.also_in or "") for file in shown]


# --- lists and pages -----------------------------------------------------------------------------------
def visible_report(user: User, report_no: str) -> InspectionReport | None:
    rows = InspectionReport.objects.visible_to(user).select_related(
        "borrower", "branch", "author", "checklist"
    )
    before = _earlier_than(OuterRef("borrower"), OuterRef("pk"))
    return (
        rows.filter(report_no=report_no)
        .annotate(last_findings=Subquery(before.values("findings")[:1]))
        .first()
    )


def report_page(reports: QuerySet[InspectionReport], params: Mapping[str, str]) -> KeysetPage:
    """A page of reports, the newest first."""
    return keyset_page(reports.select_related("borrower", "author", "branch"), NEWEST_FIRST, params, PAGE)


@dataclass(frozen=True)
class ToWrite:
    """An open report duty with the borrower's name and the report begun for it."""

    duty: Duty
    borrower: str
    report_no: str


def to_write(user: User, params: Mapping[str, str]) -> KeysetPage:
    """The person's own open report duties by deadline; three queries."""
    own = Duty.objects.open().filter(owner=user, code__in=KIND_OF_DUTY).select_related("rule")
    page = keyset_page(own, BY_DEADLINE, params, PAGE)
    names = dict(
        Borrower.objects.filter(borrower_no__in={duty.borrower_no for duty in page.rows}).values_list(
            "borrower_no", "name"
        )
    )
    begun = dict(
        ReportDuty.objects.filter(duty__in=[duty.pk for duty in page.rows]).values_list(
            "duty", "report__report_no"
        )
    )
    rows = [ToWrite(duty, names.get(duty.borrower_no, ""), begun.get(duty.pk, "")) for duty in page.rows]
    return KeysetPage(rows, after=page.after, before=page.before)


def approvals_of(user: User, report: InspectionReport) -> list[Request]:
    """The requests for signature about a report, newest first, with their signatures."""
    rows = requests_for(user).filter(subject_type=SubjectType.INSPECTION_REPORT, subject_no=report.report_no)
    return list(rows)


def signatures_of(report: InspectionReport) -> list[Decision]:
    """Every signature under the report, oldest first, for the printed form."""
    rows = Decision.objects.filter(
        request__subject_type=SubjectType.INSPECTION_REPORT, request__subject_no=report.report_no
    )
    return list(rows.select_related("actor", "principal").order_by("pk"))


def duties_of(report: InspectionReport) -> list[Duty]:
    """The duties that a report answers, by deadline."""
    ids = ReportDuty.objects.filter(report=report).order_by().values("duty")
    return list(Duty.objects.filter(pk__in=ids).select_related("rule").order_by("due_on", "pk"))


def reports_of(borrower: Borrower) -> QuerySet[InspectionReport]:
    """The reports about a borrower that were handed in, newest first."""
    return InspectionReport.objects.filter(borrower=borrower).exclude(state=ReportState.DRAFT)
