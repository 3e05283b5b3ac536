"""Reads over loans and the rules that classify them."""

import datetime as dt

from django.db.models import Q

from core.enums import PublicationState
from loans.models import FloorRule
from loans.rules import FloorStep


def floor_rules(on: dt.date) -> list[FloorRule]:
    """The published floor rules in force on a date, by days past due."""
    return list(
        FloorRule.objects.filter(
            Q(effective_to__isnull=True) | Q(effective_to__gte=on),
            state=PublicationState.PUBLISHED,
            effective_from__lte=on,
        ).order_by("min_dpd")
    )


def floor_steps(on: dt.date) -> list[FloorStep]:
    """The floors in force on a date, as the values that the pure rules work with."""
    return [
        FloorStep(rule.min_dpd, rule.classification, rule.clause, rule.technical_until)
        for rule in floor_rules(on)
    ]
