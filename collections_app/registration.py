"""What notices let the policy officer decide, for the catalogue of parameters."""

from django.utils.translation import gettext_lazy as _

from collections_app.rules import NoticeReadings
from core import parameters

QUESTIONS = {
    "due_on_non_workday": _("RPY-5, INT-3: whether a due date on a day off moves before counting"),
    "paid_before_dunning_deadline": _(
        "RPY-5, INT-3: whether a letter is owed for what was paid before it was due"
    ),
}


def register() -> None:
    """Called once, when the app is ready."""
    parameters.register(NoticeReadings, QUESTIONS)
