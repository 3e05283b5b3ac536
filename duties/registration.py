"""What duties tell the subject registry about themselves."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core import subjects
from core.digests import content_hash
from duties.enums import SubjectType
from duties.models import Duty, DutyRule
from duties.services import publish_rule, waive
from org.enums import Role
from org.models import User
from org.permissions import can_administer

POLICY_READERS = (Role.RISK_MANAGER, Role.AUDITOR)


def register() -> None:
    """Called once, when the app is ready."""
    subjects.register(
        SubjectType.DUTY,
        title=duty_titles,
        visible_to=lambda user, no: Duty.objects.visible_to(user).filter(pk=no).exists(),
        url=lambda no: reverse("reports:duty", args=[no]),
        content_hash=duty_content,
        on_approved=on_waiver_approved,
    )
    subjects.register(
        SubjectType.DUTY_RULE,
        title=lambda numbers: {str(row.pk): str(row) for row in DutyRule.objects.filter(pk__in=numbers)},
        visible_to=sees_policy,
        content_hash=lambda no: subjects.row_content(DutyRule.objects.get(pk=no)),
        on_approved=on_rule_approved,
    )


def duty_titles(numbers: list[str]) -> dict[str, str]:
    """What is owed, for whom and for when; two queries and one a kind of subject."""
    duties = Duty.objects.filter(pk__in=numbers).select_related("rule")
    named = subjects.titles({(duty.subject_type, duty.subject_no) for duty in duties})
    return {
        str(duty.pk): _("%(what)s: %(subject)s (%(period)s)")
        % {
            "what": _(duty.rule.title) if duty.rule else duty.code,
            "subject": named[duty.subject_type, duty.subject_no],
            "period": duty.period_key,
        }
        for duty in duties
    }


def duty_content(no: str) -> str:
    """What a waiver vouches for: this duty, still open and still due on this day."""
    columns = ("code", "subject_type", "subject_no", "period_key", "due_on", "state")
    return content_hash(Duty.objects.values(*columns).get(pk=no))


def on_waiver_approved(verdict: subjects.Verdict) -> None:
    waive(
        Duty.objects.get(pk=verdict.subject_no),
        actor=verdict.actor,
        business_date=verdict.business_date,
        reason=str(verdict.payload["reason"]),
        evidence=f"approval:{verdict.request_no}",
    )


def on_rule_approved(verdict: subjects.Verdict) -> None:
    publish_rule(int(verdict.subject_no), actor=verdict.actor, business_date=verdict.business_date)


def sees_policy(user: User, no: str) -> bool:
    """Policy rows are read by those who make, sign or audit them."""
    return can_administer(user) or user.has_role(*POLICY_READERS)
