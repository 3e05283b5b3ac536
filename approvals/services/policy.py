"""Putting a drafted policy row in force takes a second person."""

import datetime as dt
from typing import Any

from django.db import models, transaction
from django.forms import model_to_dict
from django.utils.translation import gettext as _

from approvals.enums import Kind
from approvals.models import Request, Route
from approvals.services.calendar import whole_bank
from approvals.services.signing import submit
from core import audit
from core.digests import content_hash
from core.enums import PublicationState
from core.errors import ApplicationError, PermissionRefused
from core.services import publish
from core.subjects import row_content
from org.enums import Role
from org.models import User


@transaction.atomic
def request_publication(
    subject_type: str, row: models.Model, *, actor: User, business_date: dt.date
) -> Request:
    """Ask for the publication of a drafted policy row (parameter, duty rule, floor rule ...).

    The row has ``state``, ``effective_from`` and ``proposed_by``; its app registered ``subject_type`` with
    ``on_approved``. ApplicationError ("no_draft", "effective_from_past").
    """
    if not (actor.is_active and actor.has_role(Role.SYSTEM_ADMIN, Role.RISK_MANAGER)):
        raise PermissionRefused("not_policy", _("Only an administrator or a risk manager changes policy."))
    _require_draft(row, business_date)
    return submit(
        Kind.PARAMETER_PUBLICATION,
        subject_type,
        str(row.pk),
        applicant=actor,
        business_date=business_date,
        content_hash=_content(row),
        branch=whole_bank(),
        title=str(row),
        payload=_columns(row),
    )


def _require_draft(row: Any, business_date: dt.date) -> None:
    if row.state != PublicationState.DRAFT:
        raise ApplicationError("no_draft", _("This row is not a draft any more."))
    if row.effective_from < business_date:
        raise ApplicationError(
            "effective_from_past", _("A policy cannot take effect before the business date.")
        )


def _content(row: models.Model) -> str:
    return route_content(row) if isinstance(row, Route) else row_content(row)


def _columns(row: models.Model) -> dict[str, Any]:
    return _with_steps(row) if isinstance(row, Route) else model_to_dict(row)


def route_content(route: Route) -> str:
    """What a signature under a route vouches for: the route and its steps."""
    return content_hash(_with_steps(route))


def _with_steps(route: Route) -> dict[str, Any]:
    steps = [model_to_dict(step) for step in route.steps.order_by("level")]
    return {**model_to_dict(route), "steps": steps}


@transaction.atomic
def publish_route(route_id: int, *, actor: User, business_date: dt.date) -> Route:
    """Put a drafted route in force from its date. ApplicationError("steps") unless its levels are 1, 2, 3."""
    route = Route.objects.get(pk=route_id)
    levels = list(route.steps.order_by("level").values_list("level", flat=True))
    if not levels or levels != list(range(1, len(levels) + 1)):
        raise ApplicationError("steps", _("A route needs the levels 1 to 3 without a gap."))
    publish(route, Route.objects.filter(kind=route.kind), by=str(actor))
    audit.record(
        "route.published",
        actor=actor,
        subject_type="route",
        subject_no=str(route.pk),
        after=_with_steps(route),
        business_date=business_date,
    )
    return route
