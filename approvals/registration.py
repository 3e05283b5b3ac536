"""The subjects of the house that have no app of their own above core: the calendar and parameters."""

from django.utils.translation import gettext_lazy as _

from approvals import desk, tray
from approvals.models import Route
from approvals.services.calendar import on_calendar_approved
from approvals.services.policy import publish_route, route_content
from core import subjects
from core.models import Parameter
from core.services import publish_parameter
from duties.enums import SubjectType
from duties.registration import sees_policy


def register() -> None:
    """Called once, when the app is ready."""
    desk.register(tray.NAME, desk.Tray(_("Requests"), tray.waiting, tray.find, tray.sheet, tray.sign))
    subjects.register(
        SubjectType.CALENDAR,
        title=lambda years: {},
        visible_to=lambda user, year: user.is_active,
        on_approved=on_calendar_approved,
    )
    subjects.register(
        SubjectType.PARAMETER,
        title=lambda numbers: {str(row.pk): str(row) for row in Parameter.objects.filter(pk__in=numbers)},
        visible_to=sees_policy,
        content_hash=lambda no: subjects.row_content(Parameter.objects.get(pk=no)),
        on_approved=on_parameter_approved,
    )
    subjects.register(
        SubjectType.ROUTE,
        title=lambda numbers: {str(row.pk): str(row) for row in Route.objects.filter(pk__in=numbers)},
        visible_to=sees_policy,
        content_hash=lambda no: route_content(Route.objects.get(pk=no)),
        on_approved=on_route_approved,
    )


def on_parameter_approved(verdict: subjects.Verdict) -> None:
    publish_parameter(int(verdict.subject_no), actor=verdict.actor, business_date=verdict.business_date)


def on_route_approved(verdict: subjects.Verdict) -> None:
    publish_route(int(verdict.subject_no), actor=verdict.actor, business_date=verdict.business_date)
