"""How approval requests read on a page."""

import datetime as dt
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from approvals.enums import Kind, RequestState
from duties import handbook

register = template.Library()

TONES: dict[str, str] = {
    RequestState.OPEN: "tag-accent",
    RequestState.APPROVED: "tag-good",
    RequestState.RETURNED: "tag-care",
    RequestState.REJECTED: "tag-alarm",
    RequestState.WITHDRAWN: "",
}


@register.filter
def request_badge(state: str) -> SafeString:
    label = RequestState(state).label if state in RequestState.values else state
    return format_html('<span class="tag {}">{}</span>', TONES.get(state, ""), label)


@register.filter
def kind_name(kind: str) -> str:
    """What is to be signed; kinds of the apps above by the handbook's words."""
    return str(Kind(kind).label) if kind in Kind.values else handbook.signed(kind)


@register.filter
def exceptional_days(days: list[list[Any]]) -> list[dict[str, Any]]:
    """Of a calendar's days (date, is workday, name) those that differ from Monday to Friday."""
    read = [(dt.date.fromisoformat(date), is_workday, name) for date, is_workday, name in days]
    return [
        {"date": date, "is_workday": is_workday, "name": name}
        for date, is_workday, name in read
        if is_workday != (date.weekday() < 5)
    ]
