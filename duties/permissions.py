"""Who may act on a duty. A superuser flag opens nothing here."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.errors import PermissionRefused
from duties.models import Duty
from org.enums import Role
from org.models import User
from org.selectors import delegators_of

# They answer for the work of the people in their branch (rule book, section 6).
SUPERVISING = (Role.SUPERVISOR, Role.DEPARTMENT_HEAD, Role.BRANCH_MANAGER)
SIGNATURE = "SIGN_"


def acting_for(user: User, duty: Duty, on: dt.date) -> User | None:
    """In whose place the user may close the duty or ask for its waiver; None when not at all.

    The owner, a supervising person over the duty's branch, or on that date the deputy of either.
    """
    if not user.is_active:
        return None
    return next((one for one in (user, *delegators_of(user, on)) if _answers_for(one, duty)), None)


def _answers_for(user: User, duty: Duty) -> bool:
    return duty.owner_id == user.pk or (user.has_role(*SUPERVISING) and _is_above(user, duty))


def _is_above(user: User, duty: Duty) -> bool:
    return user.branch is not None and duty.branch.path.startswith(user.branch.path)


def can_close(user: User, duty: Duty, on: dt.date) -> bool:
    """Whether the user may mark the duty done; a signature is given in the approval itself."""
    return not duty.code.startswith(SIGNATURE) and acting_for(user, duty, on) is not None


def closable(user: User, duties: Iterable[Duty], on: dt.date) -> set[int]:
    """The keys of the duties that the user may close; two queries for any number of them."""
    if not user.is_active:
        return set()
    people = (user, *delegators_of(user, on))
    return {
        duty.pk
        for duty in duties
        if not duty.code.startswith(SIGNATURE) and any(_answers_for(one, duty) for one in people)
    }


def can_request_waiver(user: User, duty: Duty, on: dt.date) -> bool:
    """Whether the user may ask for a waiver; another person decides (CAL-8)."""
    return can_close(user, duty, on)


def require_closing(user: User, duty: Duty, on: dt.date) -> User:
    """The person in whose place the user closes the duty; PermissionRefused when nobody's."""
    principal = acting_for(user, duty, on) if can_close(user, duty, on) else None
    if principal is None:
        raise PermissionRefused(
            "not_your_duty", _("Only its owner or a supervisor of the branch may close this duty.")
        )
    return principal
