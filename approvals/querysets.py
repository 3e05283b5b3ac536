"""Row scope of approval requests."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from approvals.enums import RequestState
from org.enums import BANK_WIDE
from org.querysets import scope_of

if TYPE_CHECKING:
    from org.models import User
    from org.querysets import Reader


def _asks_for(roles: frozenset[str]) -> Q:
    """The current step is signed by one of these roles."""
    return Q(role__in=roles) | Q(alternate_role__in=roles)


class RequestQuerySet(models.QuerySet[Any]):
    def open(self) -> "RequestQuerySet":
        return self.filter(state=RequestState.OPEN)

    def signable_by(self, person: "User") -> "RequestQuerySet":
        """Open requests whose current step this person may sign in the own right.

        The person holds the step's role (or its alternate) in the request's branch or above, or stands in
        where nobody holds it; is not the applicant; has not signed it before, nor has a deputy for them.
        """
        decisions = self.model._meta.get_field("decisions").related_model
        signed = decisions.objects.filter(request=OuterRef("pk"))
        return (
            self.open()
            .filter(self._held_by(person))
            .exclude(applicant=person)
            .filter(~Exists(signed.filter(Q(actor=person) | Q(principal=person))))
        )

    def _held_by(self, person: "User") -> Q:
        held = Q(substitute=person) | _asks_for(person.roles & BANK_WIDE)
        if person.branch is not None:
            below = type(person.branch).objects.subtree_of(person.branch)
            held |= _asks_for(person.roles) & Q(branch__in=below)
        return held

    def visible_to(self, user: "Reader") -> "RequestQuerySet":
        """Own requests, those of the user's branches, those to sign and those signed."""
        scope = scope_of(user)
        if scope.everything:
            return self
        if scope.owner_id is None:
            return self.filter(scope.q(branch="branch", owner=None))
        decisions = self.model._meta.get_field("decisions").related_model
        signed = decisions.objects.filter(request=OuterRef("pk"), actor=user)
        to_sign = self.model.objects.signable_by(user).values("pk")
        return self.filter(scope.q(branch="branch", owner="applicant") | Q(pk__in=to_sign) | Exists(signed))
