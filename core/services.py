"""Acts on the foundations: calendar rows, and policy rows that two persons put in force."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import audit
from core.enums import PublicationState
from core.errors import Conflict
from core.models import BusinessDay, Parameter
from core.parameters import check_value

BATCH = 500


@dataclass(frozen=True)
class CalendarDay:
    """One date of the calendar as it shall be."""

    date: dt.date
    is_workday: bool
    name: str = ""


@transaction.atomic
def apply_calendar(days: Sequence[CalendarDay], *, actor: Any, business_date: dt.date, source: str) -> int:
    """Write confirmed calendar days; returns how many differ from before.

    Called when a calendar change was approved by a second person. The caller then recomputes open duties.
    """
    known = BusinessDay.objects.in_bulk([day.date for day in days])
    changed = [day for day in days if not _is_known(known.get(day.date), day)]
    BusinessDay.objects.bulk_create(
        [
            BusinessDay(
                date=day.date, is_workday=day.is_workday, name=day.name, source=source, confirmed=True
            )
            for day in changed
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["date"],
        update_fields=["is_workday", "name", "source", "confirmed"],
    )
    audit.record(
        "calendar.changed",
        actor=actor,
        subject_type="calendar",
        subject_no=str(days[0].date.year) if days else "",
        before={str(day.date): _told(known.get(day.date)) for day in changed},
        after={str(day.date): [day.is_workday, day.name] for day in changed} | {"source": source},
        business_date=business_date,
    )
    return len(changed)


def _is_known(row: BusinessDay | None, day: CalendarDay) -> bool:
    return row is not None and row.confirmed and (row.is_workday, row.name) == (day.is_workday, day.name)


def _told(row: BusinessDay | None) -> list[Any] | None:
    return [row.is_workday, row.name, row.confirmed] if row else None


@transaction.atomic
def publish_parameter(parameter_id: int, *, actor: Any, business_date: dt.date) -> Parameter:
    """Put a drafted parameter value in force from its date; called when the publication was approved.

    ApplicationError for a value that is not allowed, Conflict when it is no draft any more.
    """
    parameter = Parameter.objects.get(pk=parameter_id)
    check_value(parameter.name, parameter.value)
    publish(parameter, Parameter.objects.filter(name=parameter.name), by=str(actor))
    audit.record(
        "parameter.published",
        actor=actor,
        subject_type="parameter",
        subject_no=str(parameter.pk),
        after={
            "name": parameter.name,
            "value": parameter.value,
            "effective_from": parameter.effective_from,
            "effective_to": parameter.effective_to,
            "proposed_by": parameter.proposed_by,
        },
        business_date=business_date,
    )
    return parameter


def publish(row: Any, family: QuerySet[Any], *, by: str) -> None:
    """Turn a drafted policy row into a published one, so that no two published rows of a family overlap.

    ``family`` are the rows of the same name or code. The one in force on the new row's first day ends the
    day before it; the new one ends the day before the next published one starts.
    """
    list(family.select_for_update().values_list("pk"))  # two publications of one family take turns
    published = family.filter(state=PublicationState.PUBLISHED)
    if published.filter(effective_from=row.effective_from).exists():
        raise Conflict("same_start", _("Another published row starts on the same date."))
    later = published.filter(effective_from__gt=row.effective_from).order_by("effective_from").first()
    until = later.effective_from - dt.timedelta(days=1) if later else None
    row.effective_to = min(filter(None, (row.effective_to, until)), default=None)
    draft = family.filter(pk=row.pk, state=PublicationState.DRAFT)
    if not draft.update(
        state=PublicationState.PUBLISHED, published_by=by[:120], effective_to=row.effective_to
    ):
        raise Conflict("no_draft", _("This row is not a draft any more."))
    published.filter(
        Q(effective_to__isnull=True) | Q(effective_to__gte=row.effective_from),
        effective_from__lt=row.effective_from,
    ).update(effective_to=row.effective_from - dt.timedelta(days=1))
    row.refresh_from_db()
