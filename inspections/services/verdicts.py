"""What the approvals engine tells about a report: approved, returned, or taken back."""

from django.db.models import F
from django.utils.translation import gettext as _

from approvals.models import Decision
from core import clock
from core.errors import Conflict
from core.subjects import Verdict
from inspections.enums import ReportState
from inspections.models import InspectionReport
from inspections.services.records import audit_act, open_duty_about


def on_report_approved(verdict: Verdict) -> None:
    """Everybody of the route has signed."""
    report = _turn(verdict, ReportState.APPROVED)
    report.approved_on = verdict.business_date
    report.save(update_fields=["approved_on"])
    audit_act("report.approved", report, actor=verdict.actor, business_date=verdict.business_date)


def on_report_returned(verdict: Verdict) -> None:
    """The author corrects it within two working days; what was on time stays on time (CAL-9)."""
    report = _turn(verdict, ReportState.RETURNED)
    _ask_again(report, verdict)
    audit_act(
        "report.returned",
        report,
        actor=verdict.actor,
        business_date=verdict.business_date,
        opinion=verdict.opinion,
    )


def on_report_withdrawn(verdict: Verdict) -> None:
    """The author took it back; Conflict("already_signed") once somebody has signed."""
    if Decision.objects.filter(request__number=verdict.request_no).exists():
        raise Conflict("already_signed", _("Somebody has signed this report; it can only be returned."))
    report = _turn(verdict, ReportState.DRAFT)
    _ask_again(report, verdict)
    audit_act("report.withdrawn", report, actor=verdict.actor, business_date=verdict.business_date)


def _turn(verdict: Verdict, state: ReportState) -> InspectionReport:
    standing = InspectionReport.objects.filter(report_no=verdict.subject_no, state=ReportState.SUBMITTED)
    if not standing.update(state=state, updated_at=clock.now(), version=F("version") + 1):
        raise Conflict("stale", _("This report was changed or submitted meanwhile. Look at it again."))
    return InspectionReport.objects.select_related("borrower", "author").get(report_no=verdict.subject_no)


def _ask_again(report: InspectionReport, verdict: Verdict) -> None:
    open_duty_about(
        report,
        "RESUBMIT",
        period_key=str(report.submission),
        anchor_on=verdict.business_date,
        owner=report.author,
        business_date=verdict.business_date,
    )
