"""Floors in force: a drafted rule is published by a second person."""

import datetime as dt

from django.db import transaction
from django.forms import model_to_dict
from django.utils.translation import gettext as _

from core import audit
from core.errors import ApplicationError
from core.services import publish
from core.subjects import Verdict
from loans.models import FloorRule
from loans.rules import severity
from loans.selectors import floor_rules
from org.models import User


@transaction.atomic
def publish_floor(rule_id: int, *, actor: User, business_date: dt.date) -> FloorRule:
    """Put a drafted floor in force from its date; the floor of the same class before it ends.

    ApplicationError("floors_order") when more days past due would then mean a better class.
    """
    rule = FloorRule.objects.get(pk=rule_id)
    publish(rule, FloorRule.objects.filter(classification=rule.classification), by=str(actor))
    found = [severity(row.classification) for row in floor_rules(rule.effective_from)]
    if found != sorted(set(found)):
        raise ApplicationError(
            "floors_order", _("With this floor, more days past due would mean a better class.")
        )
    audit.record(
        "floor_rule.published",
        actor=actor,
        subject_type="floor_rule",
        subject_no=str(rule.pk),
        after=model_to_dict(rule),
        business_date=business_date,
    )
    return rule


def on_floor_approved(verdict: Verdict) -> None:
    publish_floor(int(verdict.subject_no), actor=verdict.actor, business_date=verdict.business_date)
