"""How classes, buckets and regimes read on a page: always the same colour, never colour alone."""

import datetime as dt
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loans.enums import Classification, DeliveryState, Regime
from loans.importers.remarks import TEXTS as REMARKS
from loans.rules.overdue import bucket, days_past_due

register = template.Library()


@register.filter
def class_badge(code: str) -> SafeString:
    """The class of a loan as a coloured word."""
    label = Classification(code).label if code in Classification.values else code
    return format_html('<span class="tag class-{}">{}</span>', code, label)


@register.filter
def regime_badge(code: str) -> SafeString:
    label = Regime(code).label if code in Regime.values else code
    return format_html('<span class="tag{}">{}</span>', " tag-accent" if code == Regime.KEY else "", label)


@register.simple_tag
def overdue_badge(oldest_unpaid: dt.date | None, today: dt.date) -> SafeString:
    """Bucket and days past due of an oldest unpaid due date; M0 reads as current."""
    days = days_past_due(oldest_unpaid, today)
    if days == 0:
        return format_html('<span class="tag">{}</span>', _("M0 current"))
    words = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    tone = "tag-alarm" if days > 30 else "tag-care"
    return format_html('<span class="tag {}">{} · {}</span>', tone, bucket(days), words)


DELIVERY_TONES: dict[str, str] = {
    DeliveryState.APPLIED: "tag-good",
    DeliveryState.PARTIAL: "tag-care",
    DeliveryState.REFUSED: "tag-alarm",
    DeliveryState.CHECKING: "tag-accent",
}


@register.filter
def delivery_badge(state: str) -> SafeString:
    label = DeliveryState(state).label if state in DeliveryState.values else state
    return format_html('<span class="tag {}">{}</span>', DELIVERY_TONES.get(state, ""), label)


@register.filter
def remark_text(remark: dict[str, Any]) -> str:
    """A remark of an import in the reader's language; it is kept with its code."""
    return str(REMARKS.get(remark["code"], remark.get("text", "")))
