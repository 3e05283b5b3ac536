"""Kinds and states of inspections and work logs."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ActivityKind(models.TextChoices):
    """What was done about a borrower (rule book 4.13)."""

    SITE_VISIT = "site_visit", _("On-site visit")
    DATA_ANALYSIS = "data_analysis", _("Data analysis")
    DOCUMENTS = "documents", _("Collection of documents")
    CONDITIONS = "conditions", _("Follow-up of approval conditions")
    PHONE = "phone", _("Telephone call")
    OTHER = "other", _("Other")


# LOG-1 names these; a call alone asks for no log.
LOGGED_KINDS = frozenset(
    {ActivityKind.SITE_VISIT, ActivityKind.DATA_ANALYSIS, ActivityKind.DOCUMENTS, ActivityKind.CONDITIONS}
)


class FactCategory(models.TextChoices):
    """Kinds of information worth recording (LOG-4)."""

    PERSONNEL = "personnel", _("Personnel")
    STRATEGY = "strategy", _("Business strategy")
    MANAGEMENT = "management", _("Management")
    MARKET = "market", _("Market")
    FINANCE = "finance", _("Finance")
    SECURITY = "security", _("Guarantee and collateral")
    OTHER = "other", _("Other")


class LogState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", pgettext_lazy("state of a record", "Submitted")
    RETURNED = "returned", _("Returned")
    SIGNED = "signed", _("Signed")


EDITABLE_LOGS = (LogState.DRAFT, LogState.RETURNED)


class ReviewOutcome(models.TextChoices):
    SIGNED = "signed", _("Signed")
    RETURNED = "returned", _("Returned for correction")


class ReportKind(models.TextChoices):
    """What a report is about (rule book 4.1)."""

    FIRST = "first", _("First inspection")
    ROUTINE = "routine", _("Routine inspection")
    ANNUAL = "annual", _("Annual inspection")


# Which kind of report answers a duty. A monthly report for December stays beside the annual one (INS-5).
KIND_OF_DUTY = {
    "FIRST_INSPECTION": ReportKind.FIRST,
    "REPORT_MONTH": ReportKind.ROUTINE,
    "REPORT_QUARTER": ReportKind.ROUTINE,
    "REPORT_HALF": ReportKind.ROUTINE,
    "REPORT_YEAR": ReportKind.ANNUAL,
}


class ReportState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", pgettext_lazy("state of a record", "Submitted")
    RETURNED = "returned", _("Returned")
    APPROVED = "approved", _("Approved")


EDITABLE_REPORTS = (ReportState.DRAFT, ReportState.RETURNED)


class Method(models.TextChoices):
    ON_SITE = "on_site", _("On site")
    OFF_SITE = "off_site", _("Off site")


class Cooperation(models.TextChoices):
    COOPERATIVE = "cooperative", _("Cooperative")
    NEUTRAL = "neutral", _("Neutral")
    UNCOOPERATIVE = "uncooperative", _("Uncooperative")


class Conclusion(models.TextChoices):
    NO_ANOMALY = "no_anomaly", _("No anomaly")
    WATCH = "watch", _("Watch")
    WARNING = "warning", _("Warning")


class AnswerKind(models.TextChoices):
    """How a question of the checklist is answered."""

    TEXT = "text", _("Text")
    FIGURE = "figure", _("Figure")
    CHOICE = "choice", _("Choice")
    YES_NO = "yes_no", _("Yes or no")


class ApprovalKind(models.TextChoices):
    """INS-9: the route of a report depends on regime and class."""

    REGULAR = "INSPECTION_REPORT", _("Inspection report")
    KEY = "INSPECTION_REPORT_KEY", _("Inspection report (key)")
