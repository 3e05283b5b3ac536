"""Reads over activities and work logs: lists, what waits for a review, what a page shows."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast

from core.paging import KeysetPage, Order, keyset_page
from duties.models import Duty
from inspections.enums import LOGGED_KINDS, LogState
from inspections.models import Activity, LogOpening, WorkLog
from inspections.permissions import REVIEWERS
from org.models import Branch, User
from org.selectors import delegators_of

PAGE = 50
NEWEST_FIRST = Order("pk", descending=True)
WITHOUT_LOG_SHOWN = 20


def logs_to_review(user: User, on: dt.date, delegators: Sequence[User] | None = None) -> QuerySet[WorkLog]:
    """Submitted logs that the user may review, in the own right or as a deputy, by deadline.

    ``due_on`` is that of the review's duty (null when there is none), ``opened`` says whether the user had
    this submission open. ``delegators``: the people the user deputises for, when that is known already.
    """
    if not user.is_active:
        return WorkLog.objects.none()
    people = (user, *(delegators_of(user, on) if delegators is None else delegators))
    reviewers = [one for one in people if one.branch and one.has_role(*REVIEWERS)]
    if not reviewers:
        return WorkLog.objects.none()
    theirs = reduce(or_, (_under(one) for one in reviewers))
    review = Duty.objects.open().filter(
        subject_no=OuterRef("log_no"),
        code="LOG_REVIEW",
        period_key=Cast(OuterRef("submission"), CharField()),
    )
    opening = LogOpening.objects.filter(log=OuterRef("pk"), submission=OuterRef("submission"), user=user)
    return (
        WorkLog.objects.filter(theirs, state=LogState.SUBMITTED)
        .exclude(author=user)
        .annotate(due_on=Subquery(review.values("due_on")[:1]), opened=Subquery(opening.values("at")[:1]))
        .select_related("borrower", "author", "branch")
        .order_by("due_on", "pk")
    )


def _under(reviewer: User) -> Q:
    """Logs of the reviewer's branch and below, but for the reviewer's own."""
    below = Branch.objects.subtree_of(reviewer.branch).order_by().values("pk")
    return Q(branch__in=below) & ~Q(author=reviewer)


def visible_log(user: User, log_no: str) -> WorkLog | None:
    rows = WorkLog.objects.visible_to(user).select_related("borrower", "branch", "author", "activity")
    return rows.filter(log_no=log_no).first()


def log_page(logs: QuerySet[WorkLog], params: Mapping[str, str]) -> KeysetPage:
    """A page of logs, the newest first."""
    return keyset_page(logs.select_related("borrower", "author", "branch"), NEWEST_FIRST, params, PAGE)


def activities_without_log(user: User) -> list[Activity]:
    """The person's own activities that still ask for a log, the oldest first."""
    rows = Activity.objects.filter(owner=user, kind__in=LOGGED_KINDS, work_log__isnull=True)
    return list(rows.select_related("borrower").order_by("ended_on", "pk")[:WITHOUT_LOG_SHOWN])
