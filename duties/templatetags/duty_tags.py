"""How duties read on a page."""

import datetime as dt
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from duties import acts, handbook
from duties.enums import CloseReason, DutyState
from duties.explanation import explain
from duties.models import Duty
from duties.permissions import SIGNATURE

register = template.Library()

STATE_TONES: dict[str, str] = {
    DutyState.OPEN: "tag-accent",
    DutyState.DONE: "tag-good",
    DutyState.WAIVED: "tag-care",
    DutyState.LAPSED: "",
}


@register.filter
def duty_title(duty: Duty) -> str:
    """What the duty's code is called; the rule's own title for codes outside the handbook."""
    if duty.code in handbook.TITLES or duty.code.startswith(SIGNATURE) or duty.rule is None:
        return handbook.title(duty.code)
    return handbook.title(duty.code, duty.rule.title)


@register.filter
def code_title(code: str) -> str:
    return handbook.title(code)


@register.filter
def clause_name(clause: str) -> str:
    return handbook.clause_name(clause)


@register.filter
def state_badge(state: str) -> SafeString:
    label = DutyState(state).label if state in DutyState.values else state
    return format_html('<span class="tag {}">{}</span>', STATE_TONES.get(state, ""), label)


@register.filter
def close_reason(code: str) -> str:
    return str(CloseReason(code).label) if code in CloseReason.values else code


@register.filter
def is_signature(duty: Duty) -> bool:
    """A signature is given in the approval queue, not by marking a duty done."""
    return duty.code.startswith(SIGNATURE)


@register.filter
def act_of(duty: Duty) -> acts.Act | None:
    """The form that discharges the duty, with its address and its button; None when it is marked by hand."""
    return acts.act_of(duty)


@register.filter
def is_date(value: Any) -> bool:
    return isinstance(value, dt.date)


@register.inclusion_tag("duties/why_body.html")
def why_body(duty: Duty) -> dict[str, Any]:
    """Clause, counting and facts of one duty; asks the database nothing."""
    return {"duty": duty, "explanation": explain(duty)}


STAGES = {
    "soon": _("Due soon"),
    "today": _("Due today"),
    "overdue": _("Overdue"),
    "escalated_supervisor": _("Escalated to the supervisor"),
    "escalated_head": _("Escalated to the department head"),
}

ACTIONS = {
    "approval.approve": _("Approved"),
    "approval.reject": _("Rejected"),
    "approval.return": _("Returned for correction"),
    "approval.submitted": _("Submitted for approval"),
    "approval.withdrawn": _("Withdrawn"),
    "duty.completed": _("Marked as done"),
    "duty.waived": _("Waived"),
    "file.stored": _("File added"),
}


@register.filter
def stage_name(stage: str) -> str:
    """A stage of reminding in words."""
    return str(STAGES.get(stage, stage))


@register.filter
def action_name(action: str) -> str:
    """An audited act in words; its dotted name where there are none."""
    return str(ACTIONS.get(action, action))


MAIL_STATES = {
    "pending": _("to be sent"),
    "sending": _("being sent"),
    "sent": _("sent"),
    "failed": _("not delivered"),
    "no_mail": _("no mail address"),
}


@register.filter
def mail_state(state: str) -> str:
    return str(MAIL_STATES.get(state, state))
