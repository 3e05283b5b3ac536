"""What figures let the policy officer decide, for the catalogue of parameters."""

from django.utils.translation import gettext_lazy as _

from core import parameters
from reports.rules import ReportReadings

QUESTIONS = {
    "migration_amount": _("Which balance counts as migrated: at the end or at the start of the period"),
    "overdue_amount": _("Whether the whole loan or its overdue instalments alone count as overdue"),
}


def register() -> None:
    """Called once, when the app is ready."""
    parameters.register(ReportReadings, QUESTIONS)
