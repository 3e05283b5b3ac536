"""Kinds and states of inspections and work logs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
    SUBMITTED = "submitted", _("Submitted")
    RETURNED = "returned", _("Returned")
    SIGNED = "signed", _("Signed")


EDITABLE_LOGS = (LogState.DRAFT, LogState.RETURNED)


class ReviewOutcome(models.TextChoices):
    SIGNED = "signed", _("Signed")
    RETURNED = "returned", _("Returned for correction")
