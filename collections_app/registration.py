"""What letters tell the others: open readings, the forms of their duties, names and scope of the records."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from collections_app.enums import NoticeKind
from collections_app.models import Notice, NoticeBatch
from collections_app.rules import NoticeReadings
from collections_app.services.batches import SUBJECT
from core import parameters, subjects
from duties import acts
from duties.enums import SubjectType
from duties.models import Duty
from org.models import User

QUESTIONS = {
    "due_on_non_workday": _("RPY-5, INT-3: whether a due date on a day off moves before counting"),
    "paid_before_dunning_deadline": _(
        "RPY-5, INT-3: whether a letter is owed for what was paid before it was due"
    ),
}


def register() -> None:
    """Called once, when the app is ready."""
    parameters.register(NoticeReadings, QUESTIONS)
    for kind in NoticeKind:
        acts.register(kind, letter_url, LABELS.get(kind, _("Issue the letter")))
    subjects.register(
        SubjectType.NOTICE,
        title=notice_titles,
        visible_to=sees_notice,
        url=lambda no: reverse("collections:notice", args=[no]),
    )
    subjects.register(
        SUBJECT,
        title=lambda numbers: {str(row.pk): str(row) for row in NoticeBatch.objects.filter(pk__in=numbers)},
        visible_to=lambda user, no: NoticeBatch.objects.visible_to(user).filter(pk=no).exists(),
        url=lambda no: reverse("collections:batch", args=[no]),
    )


LABELS = {
    NoticeKind.INTEREST_REMINDER: _("Remind"),
    NoticeKind.NPL_DUN: _("Dun"),
}


def letter_url(duty: Duty) -> str:
    """Where the letter of a duty is issued, and its sending recorded."""
    return reverse("collections:letter", args=[duty.pk])


def notice_titles(numbers: list[str]) -> dict[str, str]:
    """The letter's number with its addressee."""
    rows = Notice.objects.filter(pk__in=numbers).select_related("document")
    return {str(row.pk): f"{row.number} {row.addressee}" for row in rows}


def sees_notice(user: User, no: str) -> bool:
    return Notice.objects.visible_to(user).filter(pk=no).exists()
