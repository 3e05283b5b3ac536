"""Who came and went, and who was locked out, belongs into the audit trail."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.dispatch import receiver

from core import audit
from org.models import User


@receiver(user_logged_in)
def note_login(sender: Any, user: User, **_: Any) -> None:
    _note("user.logged_in", user)


@receiver(user_logged_out)
def note_logout(sender: Any, user: User | None, **_: Any) -> None:
    if user is not None:
        _note("user.logged_out", user)


@receiver(user_locked_out)
def note_lockout(sender: Any, username: str, **_: Any) -> None:
    with transaction.atomic():
        audit.record("user.locked_out", subject_type="user", subject_no=username[:120])


def _note(action: str, user: User) -> None:
    with transaction.atomic():
        audit.record(action, actor=user, subject_type="user", subject_no=user.employee_no)
