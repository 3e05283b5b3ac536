"""Reads over duties and their rules."""

import datetime as dt

from django.db.models import Q

from core.enums import PublicationState
from duties.models import DutyRule
from duties.rules import Rule


def rules_in_force(on: dt.date) -> dict[str, Rule]:
    """The published rule of every code in force on a date."""
    rows = DutyRule.objects.filter(
        Q(effective_to__isnull=True) | Q(effective_to__gte=on),
        state=PublicationState.PUBLISHED,
        effective_from__lte=on,
    ).order_by("code", "effective_from")
    return {row.code: row.as_value() for row in rows}
