"""Writing and submitting inspection reports (INS-1 to INS-10, CAL-9)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from approvals.selectors import open_request
from approvals.services import submit, withdraw
from core import clock, subjects
from core.digests import content_hash
from core.errors import ApplicationError, Conflict
from core.periods import Period
from documents.models import StoredFile
from documents.services import next_number, store_upload
from duties.enums import SubjectType
from duties.models import Duty
from inspections.enums import EDITABLE_REPORTS, KIND_OF_DUTY, ReportKind, ReportState
from inspections.models import Checklist, InspectionReport, ReportDuty
from inspections.permissions import require_recording, require_report_authorship
from inspections.selectors.reports import (
    content_of,
    duties_answered_with,
    duties_of,
    report_of,
    route_of,
)
from inspections.services.completeness import cleaned_content, require_complete
from inspections.services.records import audit_act, duties_about, finish_with
from loans.models import Borrower
from org.models import User


@transaction.atomic
def draft_report(duty: Duty, *, actor: User, business_date: dt.date) -> InspectionReport:
    """Begin the report that answers a duty, and every open duty that goes with it; a second call gives the
    same report.

    PermissionRefused for somebody else's borrower, ApplicationError("no_report") for a duty that no report
    answers, Conflict("stale") when the duty was closed meanwhile.
    """
    if (begun := report_of(duty)) is not None:
        return begun
    if duty.code not in KIND_OF_DUTY:
        raise ApplicationError("no_report", _("No report answers this duty."))
    borrower = Borrower.objects.select_related("branch").get(borrower_no=duty.borrower_no)
    require_recording(actor, borrower)
    duties = duties_answered_with(duty)
    if duty not in duties:
        raise Conflict("stale", _("This duty was closed meanwhile."))
    report = _create(borrower, duties, actor, business_date)
    ReportDuty.objects.bulk_create([ReportDuty(report=report, duty=one) for one in duties])
    audit_act(
        "report.drafted",
        report,
        actor=actor,
        business_date=business_date,
        duties=[str(one) for one in duties],
    )
    return report


def _create(borrower: Borrower, duties: list[Duty], actor: User, business_date: dt.date) -> InspectionReport:
    kind = KIND_OF_DUTY[duties[0].code]
    key, start, end = _period(kind, duties)
    return InspectionReport.objects.create(
        report_no=next_number("RPT", year=business_date.year, branch_no=borrower.branch.branch_no),
        borrower=borrower,
        branch=borrower.branch,
        author=actor,
        kind=kind,
        checklist=Checklist.in_force(borrower.borrower_type, business_date),
        period_key=key,
        period_start=start,
        period_end=end,
        loans=";".join(sorted({no for duty in duties for no in duty.loan_nos})),
        updated_at=clock.now(),
    )


def _period(kind: ReportKind, duties: list[Duty]) -> tuple[str, dt.date, dt.date]:
    """Key, first and last day of what a report is about: of several periods the longest."""
    if kind == ReportKind.FIRST:
        return duties[0].period_key, duties[0].anchor_on, max(duty.due_on for duty in duties)
    longest = min((Period.from_key(duty.period_key) for duty in duties), key=lambda period: period.start)
    return longest.key, longest.start, longest.end


@transaction.atomic
def write_report(
    report: InspectionReport, *, actor: User, business_date: dt.date, version: int, **content: Any
) -> InspectionReport:
    """Save any parts of a draft or a returned report; the same parts again change nothing.

    ``version`` is the one that the author saw. ApplicationError for figures and dates that are none,
    Conflict("stale") when the report was changed elsewhere or submitted meanwhile.
    """
    require_report_authorship(actor, report)
    report.refresh_from_db()
    cleaned = cleaned_content(report, content)
    changed = {name: value for name, value in cleaned.items() if getattr(report, name) != value}
    if not changed and report.is_editable:
        return report
    before = {name: getattr(report, name) for name in changed}
    _claim(report, version, **changed)
    told = {name: _difference(before[name], value) for name, value in changed.items()}
    audit_act("report.written", report, actor=actor, business_date=business_date, changed=told)
    return report


def _difference(before: Any, after: Any) -> Any:
    """What the trail keeps of a change: of the findings only those that differ."""
    if isinstance(after, Mapping):
        codes = sorted(code for code in {*before, *after} if before.get(code) != after.get(code))
        return {code: [before.get(code), after.get(code)] for code in codes}
    return [before, after]


@transaction.atomic
def submit_report(
    report: InspectionReport, *, actor: User, business_date: dt.date, version: int | None = None
) -> InspectionReport:
    """Hand a complete report in: its duties are done on the day of the first such submission (CAL-9), its
    content is pinned, and the people of its route are asked to sign.

    ApplicationError("incomplete") with what is missing by field, Conflict("stale") when it was submitted or
    changed meanwhile; errors of the approval besides.
    """
    require_report_authorship(actor, report)
    require_complete(report, business_date)
    digest = content_hash(content_of(report))
    _claim(
        report,
        report.version if version is None else version,
        state=ReportState.SUBMITTED,
        submission=F("submission") + 1,
        submitted_on=business_date,
        first_submitted_on=report.first_submitted_on or business_date,
        content_hash=digest,
    )
    _close_duties(report, business_date)
    audit_act(
        "report.submitted",
        report,
        actor=actor,
        business_date=business_date,
        submission=report.submission,
        content_hash=digest,
    )
    _ask_for_signatures(report, actor, business_date)
    return report


def _close_duties(report: InspectionReport, business_date: dt.date) -> None:
    answered = Duty.objects.open().filter(pk__in=[duty.pk for duty in duties_of(report)])
    finish_with(report, answered, on=business_date, done_on=report.first_submitted_on or business_date)
    again = duties_about(report, "RESUBMIT", str(report.submission - 1))
    finish_with(report, again, on=business_date, done_on=business_date)


def _ask_for_signatures(report: InspectionReport, actor: User, business_date: dt.date) -> None:
    submit(
        route_of(report).value,
        SubjectType.INSPECTION_REPORT,
        report.report_no,
        applicant=actor,
        business_date=business_date,
        content_hash=report.content_hash,
        branch=report.branch,
        title=subjects.title(SubjectType.INSPECTION_REPORT, report.report_no),
        payload={
            "report": report.report_no,
            "submission": report.submission,
            "conclusion": report.conclusion,
        },
        borrower_no=report.borrower.borrower_no,
    )


@transaction.atomic
def withdraw_report(report: InspectionReport, *, actor: User, business_date: dt.date) -> InspectionReport:
    """Take an unsigned report back; it must come again within two working days.

    PermissionRefused for another's report, Conflict("stale") when it waits for no signature any more or
    somebody has signed it already.
    """
    require_report_authorship(actor, report)
    request = open_request(SubjectType.INSPECTION_REPORT, report.report_no)
    if request is None:
        raise Conflict("stale", _("This report waits for no signature any more."))
    withdraw(request, actor=actor, business_date=business_date)
    report.refresh_from_db()
    return report


@transaction.atomic
def add_evidence(
    report: InspectionReport, file: UploadedFile, *, actor: User, business_date: dt.date
) -> StoredFile:
    """Keep a photo or a paper with a report that is still being written; errors of ``store_upload``."""
    require_report_authorship(actor, report)
    standing = InspectionReport.objects.filter(pk=report.pk, state__in=EDITABLE_REPORTS)
    if not standing.update(updated_at=clock.now()):
        raise Conflict("stale", _("This report was submitted meanwhile; files can no longer be added."))
    return store_upload(
        file, actor=actor, subject_type=SubjectType.INSPECTION_REPORT, subject_no=report.report_no
    )


def _claim(report: InspectionReport, version: int, **values: Any) -> None:
    standing = InspectionReport.objects.filter(pk=report.pk, version=version, state__in=EDITABLE_REPORTS)
    if not standing.update(**values, updated_at=clock.now(), version=F("version") + 1):
        raise Conflict("stale", _("This report was changed or submitted meanwhile. Look at it again."))
    report.refresh_from_db()
