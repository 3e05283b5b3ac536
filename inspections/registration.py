"""What inspections tell the catalogue of parameters, and the subject registry about their records."""

from django.utils.translation import gettext_lazy as _

from core import parameters, subjects
from duties.enums import SubjectType
from inspections.models import Activity, WorkLog
from inspections.rules import InspectionReadings

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
    )


def activity_titles(numbers: list[str]) -> dict[str, str]:
    """What was done and for whom; one query."""
    rows = Activity.objects.filter(activity_no__in=numbers).select_related("borrower")
    return {row.activity_no: f"{row.borrower.name} · {row.get_kind_display()}" for row in rows}


def work_log_titles(numbers: list[str]) -> dict[str, str]:
    """The borrower with the date of the activity; one query."""
    rows = WorkLog.objects.filter(log_no__in=numbers).values_list("log_no", "borrower__name", "activity_on")
    return {no: f"{name} · {day.isoformat()}" for no, name, day in rows}
