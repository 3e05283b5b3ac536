"""How reports and work logs read on a page."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inspections.enums import Conclusion, LogState, ReportState

register = template.Library()

TONES: dict[str, str] = {
    ReportState.DRAFT: "",
    ReportState.SUBMITTED: "tag-accent",
    ReportState.RETURNED: "tag-care",
    ReportState.APPROVED: "tag-good",
    LogState.SIGNED: "tag-good",
}
CONCLUSIONS: dict[str, str] = {
    Conclusion.NO_ANOMALY: "tag-good",
    Conclusion.WATCH: "tag-care",
    Conclusion.WARNING: "tag-alarm",
}


def _tag(tone: str, label: object) -> SafeString:
    return format_html('<span class="tag {}">{}</span>', tone, label)


@register.filter
def report_badge(state: str) -> SafeString:
    return _tag(TONES.get(state, ""), ReportState(state).label)


@register.filter
def log_badge(state: str) -> SafeString:
    return _tag(TONES.get(state, ""), LogState(state).label)


@register.filter
def conclusion_badge(conclusion: str) -> SafeString:
    """The conclusion of a report; nothing while there is none."""
    if conclusion not in Conclusion.values:
        return SafeString("–")
    return _tag(CONCLUSIONS[conclusion], Conclusion(conclusion).label)
