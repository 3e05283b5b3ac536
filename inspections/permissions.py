"""Who records activities, writes reports and work logs, and reviews logs."""

import datetime as dt

from django.utils.translation import gettext as _

from core.errors import PermissionRefused
from inspections.models import Activity, InspectionReport, WorkLog
from loans.models import Borrower
from org.enums import Role
from org.models import User
from org.selectors import delegators_of

# They visit borrowers, alone or with the relationship manager, and say what they found.
RECORDERS = (
    Role.RELATIONSHIP_MANAGER,
    Role.SUPERVISOR,
    Role.DEPARTMENT_HEAD,
    Role.BRANCH_MANAGER,
    Role.POST_LOAN_OFFICER,
)
REVIEWERS = (Role.SUPERVISOR, Role.DEPARTMENT_HEAD, Role.BRANCH_MANAGER)


def can_record(user: User, borrower: Borrower) -> bool:
    """An activity, or a work log, about a borrower that the user sees."""
    return (
        user.is_active
        and user.has_role(*RECORDERS)
        and Borrower.objects.visible_to(user).filter(pk=borrower.pk).exists()
    )


def can_write(user: User, log: WorkLog) -> bool:
    """A work log belongs to its author, who may have to correct it."""
    return user.is_active and user.pk == log.author_id


def can_write_about(user: User, activity: Activity) -> bool:
    return user.is_active and user.pk == activity.owner_id


def can_write_report(user: User, report: InspectionReport) -> bool:
    """A report belongs to its author, while it is a draft or was returned."""
    return user.is_active and user.pk == report.author_id and report.is_editable


def reviewing_for(user: User, log: WorkLog, on: dt.date) -> User | None:
    """In whose place the user reviews a log: the own, else that of somebody they deputise for (LOG-2).

    None when not at all; the author never reviews the own log, as a deputy neither.
    """
    if not user.is_active or user.pk == log.author_id:
        return None
    return next((one for one in (user, *delegators_of(user, on)) if _answers_for(one, log)), None)


def can_review(user: User, log: WorkLog, on: dt.date) -> bool:
    return reviewing_for(user, log, on) is not None


def _answers_for(person: User, log: WorkLog) -> bool:
    above = person.branch is not None and log.branch.path.startswith(person.branch.path)
    return person.pk != log.author_id and above and person.has_role(*REVIEWERS)


def require_recorder(user: User) -> None:
    """Whether the user records work at all; about whom, is asked with the borrower."""
    if not user.is_active or not user.has_role(*RECORDERS):
        raise PermissionRefused("no_recorder", _("Your roles do not record work about borrowers."))


def require_recording(user: User, borrower: Borrower) -> None:
    if not can_record(user, borrower):
        raise PermissionRefused("not_your_borrower", _("You do not record work about this borrower."))


def require_authorship(user: User, log: WorkLog) -> None:
    if not can_write(user, log):
        raise PermissionRefused("not_your_log", _("A work log is written by its author."))


def require_report_authorship(user: User, report: InspectionReport) -> None:
    if not user.is_active or user.pk != report.author_id:
        raise PermissionRefused("not_your_report", _("A report is written by its author."))


def require_activity(user: User, activity: Activity) -> None:
    if not can_write_about(user, activity):
        raise PermissionRefused("not_your_activity", _("Whoever did the work writes the log about it."))


def require_review(user: User, log: WorkLog, on: dt.date) -> User:
    """The person in whose place the user reviews; PermissionRefused with the reason."""
    if user.pk == log.author_id:
        raise PermissionRefused("own_work", _("Nobody reviews their own work log."))
    principal = reviewing_for(user, log, on)
    if principal is None:
        raise PermissionRefused("not_your_review", _("A work log is reviewed by a supervisor of its branch."))
    return principal
