"""What inspections tell the catalogue of parameters, the subject registry about their records, and the
duties about their forms."""

from django.urls import reverse
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from approvals import desk
from core import parameters, subjects
from duties import acts
from duties.enums import SubjectType
from duties.models import Duty
from inspections import tray
from inspections.enums import KIND_OF_DUTY
from inspections.models import Activity, InspectionReport, WorkLog
from inspections.rules import InspectionReadings
from inspections.selectors.reports import report_hash
from inspections.services.verdicts import on_report_approved, on_report_returned, on_report_withdrawn

QUESTIONS = {
    "npl_regular_frequency": _("INS-2: how often a non-performing loan of the regular regime is inspected"),
    "annual_report_layering": _("INS-4: which reports ending on 31 December the annual one replaces"),
    "key_annual_report": _("INS-4: whether key loans owe the annual report"),
    "class_change_timing": _("INS-2: which class and regime rule a period"),
    "settled_on_period_end": _("INS-3: whether a loan settled on a period's last day owes its report"),
    "settled_before_report_due": _("INS-3: whether a loan settled before the report is due still owes it"),
    "two_month_rule": _("INS-8: how the two months after disbursement are counted"),
    "two_month_rule_annual": _("INS-8: whether the two-month rule also removes the annual report"),
    "first_inspection_settled": _("INS-1: whether a loan settled by then owes the first inspection"),
    "worklog_month_scope": _("LOG-3: for which months a borrower owes work logs"),
    "collateral_interval": _("CLT-1: how once a year is counted for collateral"),
    "sampling_shortfall": _("SUP-2: how a shortfall of non-performing borrowers is spread"),
    "sampling_guarantee": _("SUP-4: whether guaranteed and collateralised loans are counted together"),
    "sampling_top": _("SUP-3: which of the largest borrowers are sampled"),
    "sampling_loans_each": _("SUP-1: how many loans of a sampled borrower are looked at"),
}


def register() -> None:
    """Called once, when the app is ready."""
    parameters.register(InspectionReadings, QUESTIONS)
    subjects.register(
        SubjectType.ACTIVITY,
        title=activity_titles,
        visible_to=lambda user, no: Activity.objects.visible_to(user).filter(activity_no=no).exists(),
    )
    subjects.register(
        SubjectType.WORK_LOG,
        title=work_log_titles,
        visible_to=lambda user, no: WorkLog.objects.visible_to(user).filter(log_no=no).exists(),
        url=lambda no: reverse("inspections:log", args=[no]),
    )
    subjects.register(
        SubjectType.INSPECTION_REPORT,
        title=report_titles,
        visible_to=lambda user, no: InspectionReport.objects.visible_to(user).filter(report_no=no).exists(),
        url=lambda no: reverse("inspections:report", args=[no]),
        reading=tray.report_reading,
        content_hash=report_hash,
        on_approved=on_report_approved,
        on_rejected=on_report_returned,
        on_withdrawn=on_report_withdrawn,
    )
    desk.register(
        tray.NAME,
        desk.Tray(
            label=_("Work logs"),
            waiting=tray.waiting,
            find=tray.find,
            sheet=tray.sheet,
            decide=tray.review,
            outcomes=tray.OUTCOMES,
            together=True,
            open=tray.note_opening,
        ),
    )
    register_forms()


def register_forms() -> None:
    """Where the duties of this app are discharged."""
    for code in KIND_OF_DUTY:
        acts.register(code, lambda duty: reverse("inspections:begin", args=[duty.pk]), _("Write the report"))
    acts.register("LOG_ENTRY", log_form_of_activity, _("Write the log"))
    acts.register("LOG_MONTHLY_MIN", log_form_of_borrower, _("Write the log"))
    acts.register("LOG_REVIEW", record_url, _("Review"))
    acts.register("RESUBMIT", form_url, _("Correct"))


def log_form_of_activity(duty: Duty) -> str:
    return f"{reverse('inspections:new_log')}?activity={duty.subject_no}"


def log_form_of_borrower(duty: Duty) -> str:
    return f"{reverse('inspections:new_log')}?borrower={duty.subject_no}"


def record_url(duty: Duty) -> str:
    """The page of the record that the duty is about."""
    return subjects.url(duty.subject_type, duty.subject_no) or reverse("reports:duty", args=[duty.pk])


def form_url(duty: Duty) -> str:
    """The form of the returned record."""
    views = {
        SubjectType.INSPECTION_REPORT: "inspections:write_report",
        SubjectType.WORK_LOG: "inspections:write_log",
    }
    view = views.get(SubjectType(duty.subject_type))
    return reverse(view, args=[duty.subject_no]) if view else record_url(duty)


def activity_titles(numbers: list[str]) -> dict[str, str]:
    """What was done and for whom; one query."""
    rows = Activity.objects.filter(activity_no__in=numbers).select_related("borrower")
    return {row.activity_no: f"{row.borrower.name} · {row.get_kind_display()}" for row in rows}


def work_log_titles(numbers: list[str]) -> dict[str, str]:
    """The borrower with the date of the activity; one query."""
    rows = WorkLog.objects.filter(log_no__in=numbers).values_list("log_no", "borrower__name", "activity_on")
    return {no: f"{name} · {day.isoformat()}" for no, name, day in rows}


def report_titles(numbers: list[str]) -> dict[str, str]:
    """The borrower with kind and period; one query."""
    rows = InspectionReport.objects.filter(report_no__in=numbers).select_related("borrower")
    return {
        row.report_no: text("%(borrower)s · %(kind)s (%(period)s)")
        % {"borrower": row.borrower.name, "kind": row.get_kind_display(), "period": row.period_key}
        for row in rows
    }
