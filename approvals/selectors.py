"""Reads over approval requests; each takes the actor."""

import datetime as dt
from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Prefetch, Q

from approvals.models import Decision, Request, Route
from approvals.querysets import RequestQuerySet
from core.enums import PublicationState
from org.models import User
from org.selectors import delegators_of


def queue(user: User, on: dt.date, delegators: Sequence[User] | None = None) -> RequestQuerySet:
    """What waits for this person's signature (own and as deputy), the nearest deadline first.

    ``delegators``: the people they deputise for, when that is known already.
    """
    if not user.is_active:
        return Request.objects.none()
    people = (user, *(delegators_of(user, on) if delegators is None else delegators))
    waiting = reduce(or_, (Q(pk__in=Request.objects.signable_by(one).values("pk")) for one in people))
    already = Decision.objects.filter(actor=user).values("request")
    return (
        Request.objects.open()
        .filter(waiting)
        .exclude(applicant=user)
        .exclude(pk__in=already)
        .select_related("applicant", "branch")
        .order_by("due_on", "id")
    )


def requests_for(user: User) -> RequestQuerySet:
    """All requests that the user may see, newest first, with their signatures."""
    signatures = Decision.objects.select_related("actor", "principal").order_by("level")
    return (
        Request.objects.visible_to(user)
        .select_related("applicant", "branch")
        .prefetch_related(Prefetch("decisions", queryset=signatures))
        .order_by("-id")
    )


def open_request(subject_type: str, subject_no: str) -> Request | None:
    """The request of a subject that still waits for signatures."""
    return Request.objects.open().filter(subject_type=subject_type, subject_no=subject_no).first()


def route_in_force(kind: str, on: dt.date) -> Route | None:
    """The published route of a kind on a date."""
    return (
        Route.objects.filter(
            Q(effective_to__isnull=True) | Q(effective_to__gte=on),
            kind=kind,
            state=PublicationState.PUBLISHED,
            effective_from__lte=on,
        )
        .prefetch_related("steps")
        .order_by("-effective_from")
        .first()
    )
