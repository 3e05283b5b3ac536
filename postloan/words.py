"""What the operation pages call the technical names: acts of the audit trail, steps and counts of a run.

The names themselves are stable and stay in the database; a name that is not listed here is shown as it is.
Tests compare the lists with the code.
"""

import re

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from duties import handbook
from duties.enums import CloseReason, SubjectType
from duties.templatetags.duty_tags import STAGES
from org.enums import Role

ACTIONS = {
    "approval.submitted": _("Submitted for approval"),
    "approval.approve": _("Approved"),
    "approval.return": _("Returned for correction"),
    "approval.reject": _("Rejected"),
    "approval.withdrawn": _("Withdrawn"),
    "api_client.created": _("API client created"),
    "api_client.revoked": _("API client revoked"),
    "audit.verified": _("Audit trail verified"),
    "borrower.revealed": _("Masked number revealed"),
    "calendar.changed": _("Calendar changed"),
    "daily.asked": _("Daily run asked for"),
    "daily.closed": _("Business date closed"),
    "daily.step": _("Step of the daily run"),
    "delegation.given": _("Deputy appointed"),
    "delegation.revoked": _("Deputy recalled"),
    "delivery.received": _("Delivery uploaded"),
    "delivery.applied": _("Delivery applied"),
    "delivery.refused": _("Delivery refused"),
    "delivery.retried": _("Import started again"),
    "delivery.rejects_exported": _("Rejected rows downloaded"),
    "demo.passwords_set": _("Passwords of the demo set"),
    "document.issued": _("Document issued"),
    "document.batch_issued": _("Documents issued together"),
    "duty.completed": _("Duty marked as done"),
    "duty.waived": _("Duty waived"),
    "duty.deadlines_recomputed": _("Deadlines counted again"),
    "duty_rule.published": _("Duty rule published"),
    "activity.recorded": _("Activity recorded"),
    "file.stored": _("File added"),
    "floor_rule.published": _("Overdue floor published"),
    "notice.batch_asked": _("Batch of letters asked for"),
    "notice.contact_recorded": _("Reminder without a letter recorded"),
    "notice.delivery_recorded": _("Sending of a letter recorded"),
    "notice.dispatch_exported": _("Dispatch list downloaded"),
    "notice.receipt_recorded": _("Receipt recorded"),
    "notice.reissued": _("Letter reissued"),
    "parameter.published": _("Policy parameter published"),
    "report.drafted": _("Inspection report begun"),
    "report.written": _("Inspection report written"),
    "report.submitted": _("Inspection report submitted"),
    "report.approved": _("Inspection report approved"),
    "report.returned": _("Inspection report returned"),
    "report.withdrawn": _("Inspection report withdrawn"),
    "report.exported": _("Monthly summary exported"),
    "route.published": _("Approval route published"),
    "user.created": _("User created"),
    "user.logged_in": _("Logged in"),
    "user.logged_out": _("Logged out"),
    "user.locked_out": _("Locked out after wrong passwords"),
    "user.roles_changed": _("Roles changed"),
    "user.disabled": _("Account closed"),
    "user.password_changed": _("Password changed"),
    "work_log.drafted": _("Work log begun"),
    "work_log.written": _("Work log written"),
    "work_log.submitted": _("Work log submitted"),
    "work_log.signed": _("Work log signed"),
    "work_log.returned": _("Work log returned"),
}

SUBJECTS = {
    **dict(SubjectType.choices),
    "api_client": _("API client"),
    "audit": _("Audit trail"),
    "daily_run": _("Daily run"),
    "delivery": _("Delivery"),
    "notice_batch": _("Batch of letters"),
    "portfolio": _("Portfolio summary"),
    "route": _("Approval route"),
    "user": _("User"),
}

STEPS = {
    "loans.changes": _("Loans with new facts"),
    "loans.facts": _("Facts of the day"),
    "loans.floors": _("Overdue floors of the class"),
    "loans.classes": _("Classes in force"),
    "loans.status": _("Class and regime history"),
    "collections.maturity_notices": _("Maturity notices"),
    "collections.maturity_checks": _("Checks on the maturity date"),
    "collections.interest_reminders": _("Interest reminders"),
    "collections.interest_checks": _("Checks on the interest date"),
    "collections.interest_dunning": _("Dunning of interest"),
    "collections.principal_dunning": _("Dunning of principal"),
    "collections.guarantor_notices": _("Notices to guarantors"),
    "collections.breach_reports": _("Breach reports"),
    "collections.breach_arrivals": _("Breach reports of loans that arrived in arrears"),
    "collections.guarantee_expiries": _("Ends of guarantee periods"),
    "collections.limitation_expiries": _("Ends of limitation periods"),
    "collections.limitation_interruptions": _("Interruptions of limitation"),
    "collections.npl_dunning": _("Monthly dunning of non-performing borrowers"),
    "collections.day_checks": _("Day checks proven by the delivery"),
    "collections.lapses": _("Duties whose reason has gone"),
    "collections.reopened": _("Duties whose payment was taken back"),
    "collections.npl_lapses": _("Dunning that is no longer owed"),
    "collections.void_letters": _("Letters whose reason has gone"),
    "inspections.clear": _("Plans to be looked at again"),
    "inspections.first.plan": _("First inspections planned"),
    "inspections.reports.plan": _("Inspection reports planned"),
    "inspections.logs.plan": _("Monthly minimum of logs planned"),
    "inspections.collateral.plan": _("Collateral checks planned"),
    "inspections.collateral.deadlines": _("Deadlines of collateral checks"),
    "inspections.collateral.done": _("Collateral checks that were delivered"),
    "inspections.lapse": _("Inspections no longer owed"),
    "inspections.restate": _("Inspections brought up to date"),
    "inspections.open": _("Inspections that open"),
    "inspections.logs.done": _("Months with enough logs"),
    "inspections.first": _("First inspections of the period"),
    "inspections.reports": _("Inspection reports of the period"),
    "inspections.logs": _("Logs of the period"),
    "loans.ratings": _("Ratings"),
    "loans.ratings.close": _("Ratings that were delivered"),
    "loans.groups": _("Group exchange"),
    "loans.ledger": _("Year-end ledger"),
    "duties.escalations": _("Escalations"),
    "duties.reminders": _("Reminders"),
    "reports.loans": _("Loans frozen at the month's end"),
    "reports.figures": _("Figures of the month"),
    "reports.timeliness": _("Timeliness of the month"),
    "loans.put_away": _("Changes put away"),
}

# What steps count beside duties by their code; the names are English texts already.
COUNTS = (
    gettext_noop("classes in force"),
    gettext_noop("classes or regimes changed"),
    gettext_noop("collateral checks done"),
    gettext_noop("digests"),
    gettext_noop("done"),
    gettext_noop("figures"),
    gettext_noop("floors"),
    gettext_noop("heads moved"),
    gettext_noop("in play"),
    gettext_noop("lapsed"),
    gettext_noop("letters voided"),
    gettext_noop("limitation interrupted"),
    gettext_noop("loans frozen"),
    gettext_noop("looked at"),
    gettext_noop("months met"),
    gettext_noop("opened"),
    gettext_noop("opened again"),
    gettext_noop("paid"),
    gettext_noop("paid on the day"),
    gettext_noop("paid on the day, known later"),
    gettext_noop("people and codes judged"),
    gettext_noop("put away"),
    gettext_noop("restated"),
    gettext_noop("status changes"),
)


VACANCY = re.compile(r"(?P<role>\w+): nobody in (?P<n>\d+) branches, the supervisor stands in")


def action(name: str) -> str:
    """An audited act in words."""
    return str(ACTIONS.get(name, name))


def subject(kind: str) -> str:
    """A kind of record in words."""
    return str(SUBJECTS.get(kind, kind))


def step(name: str) -> str:
    """A step of the daily run in words."""
    return str(STEPS.get(name, name))


def count(name: str) -> str:
    """What a step counted: duties by their code, reasons of closing, stages of reminding, or as it says."""
    code, _space, what = name.partition(" ")
    if code in handbook.TITLES:
        return f"{handbook.title(code)} · {count(what)}" if what else handbook.title(code)
    if name in CloseReason.values:
        return str(CloseReason(name).label)
    if name in STAGES:
        return str(STAGES[name])
    return gettext(name) if name in COUNTS else name


def note(text: str) -> str:
    """A remark of a step in the reader's language."""
    found = VACANCY.fullmatch(text)
    if found is None or found["role"] not in Role.values:
        return text
    return gettext("%(role)s: nobody in %(n)s branches, the supervisor stands in") % {
        "role": Role(found["role"]).label,
        "n": found["n"],
    }
