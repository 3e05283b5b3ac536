"""How runs and audit events read on a page; none of these asks the database."""

import datetime as dt

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import AuditEvent
from core.templatetags.house import DASH
from postloan import words
from postloan.selectors.audit import summary_of

register = template.Library()

register.filter("action_words", words.action)
register.filter("subject_words", words.subject)
register.filter("step_words", words.step)
register.filter("count_words", words.count)
register.filter("note_words", words.note)


@register.filter
def event_summary(event: AuditEvent) -> str:
    return summary_of(event)


@register.filter
def ago(then: dt.datetime | None, now: dt.datetime) -> str:
    """How long ago something was, in the unit that fits."""
    if then is None:
        return ""
    minutes = max(int((now - then).total_seconds() // 60), 0)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        hours = minutes // 60
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    days = minutes // (24 * 60)
    return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}


@register.simple_tag
def starter(started_by: str, names: dict[str, str]) -> SafeString:
    """Who started a run: a person, or the schedule on a machine."""
    if not started_by:
        return DASH
    if started_by in names:
        return format_html('{} <span class="sub mono">{}</span>', names[started_by], started_by)
    return format_html('{} <span class="sub mono">{}</span>', _("Schedule or command line"), started_by)
