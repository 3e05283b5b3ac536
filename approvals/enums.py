"""States, outcomes and the house's own kinds of approval. Apps above add kinds by seeding routes."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    DUTY_WAIVER = "DUTY_WAIVER", _("Waiver of a duty")
    CALENDAR_CHANGE = "CALENDAR_CHANGE", _("Change of the calendar")
    PARAMETER_PUBLICATION = "PARAMETER_PUBLICATION", _("Publication of a policy")


class RequestState(models.TextChoices):
    OPEN = "open", _("Waiting for a signature")
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Outcome(models.TextChoices):
    APPROVE = "approve", _("Approve")
    RETURN = "return", _("Return for correction")
    REJECT = "reject", _("Reject")


# Where a decision other than a step forward leads.
ENDS = {Outcome.RETURN: RequestState.RETURNED, Outcome.REJECT: RequestState.REJECTED}
