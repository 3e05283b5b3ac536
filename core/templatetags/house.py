"""Template tags of the house, built into every template.

None of them asks the database: the business date and the calendar come from the request's workplace,
which a page reads once.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext

from core.clock import SHANGHAI
from core.masking import masked
from core.workdays import WorkdayCalendar
from core.workplace import workplace

register = template.Library()

MONEY_COOKIE = "money_unit"
WAN = Decimal(10_000)
COUNT_CAP = 10_000
DASH = mark_safe('<span class="none" aria-hidden="true">–</span>')


class Distance(NamedTuple):
    """How far a date is away, in words, and how loud to say it."""

    text: str
    tone: str


# --- pictures ---------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite: decoration, unless a ``label`` says what it means."""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
        )
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href
    )


# --- money and numbers --------------------------------------------------------------------------
def _unit(context: Mapping[str, Any]) -> str:
    request: HttpRequest | None = context.get("request")
    return request.COOKIES.get(MONEY_COOKIE, "") if request is not None else ""


@register.simple_tag(takes_context=True)
def money(context: Mapping[str, Any], value: Decimal | None, currency: str = "CNY") -> SafeString:
    """An amount with thousands, in yuan or in 万元 as the reader chose; the exact amount on hover.

    Other currencies than CNY are always in units, with their code in front.
    """
    if value is None:
        return DASH
    exact = f"{value:,.2f}"
    if currency and currency != "CNY":
        return format_html('<span class="num">{}&nbsp;{}</span>', currency, exact)
    if _unit(context) != "wan":
        return format_html('<span class="num">{}</span>', exact)
    rounded = (value / WAN).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return format_html('<span class="num" title="{}">{}</span>', exact, f"{rounded:,.2f}")


@register.simple_tag(takes_context=True)
def money_unit(context: Mapping[str, Any]) -> str:
    """What the amounts of this page are counted in, for column heads."""
    return gettext("10k CNY") if _unit(context) == "wan" else gettext("CNY")


@register.simple_tag(takes_context=True)
def in_wan(context: Mapping[str, Any]) -> bool:
    return _unit(context) == "wan"


@register.filter
def capped(number: int | None) -> str:
    """A count with thousands; what was counted only up to the cap shows as ``10,000+``."""
    if number is None:
        return ""
    return f"{COUNT_CAP:,}+" if number > COUNT_CAP else f"{number:,}"


@register.filter
def thousands(number: int | None) -> str:
    """A count with thousands."""
    return "" if number is None else f"{number:,}"


@register.filter
def percent(value: Decimal | None) -> str:
    """``4.350000`` as ``4.35%``; at least two decimals."""
    if value is None:
        return ""
    text = f"{value:f}".rstrip("0")
    decimals = len(text.partition(".")[2])
    return f"{text.rstrip('.')}%" if decimals >= 2 else f"{value:.2f}%"


# --- dates ---------------------------------------------------------------------------------------
def weekday(day: dt.date) -> str:
    """The short name of the weekday."""
    return (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )[day.weekday()]


def deadline_distance(due: dt.date, today: dt.date, calendar: WorkdayCalendar) -> Distance:
    """The distance to a deadline: working days while there is time, calendar days once it has passed."""
    if due < today:
        days = (today - due).days
        return Distance(ngettext("overdue %(n)d day", "overdue %(n)d days", days) % {"n": days}, "overdue")
    if due == today:
        return Distance(gettext("due today"), "today")
    days = calendar.workdays_between(today, due)
    if days < 1:
        return Distance(gettext("last working day"), "today")
    text = ngettext("%(n)d working day left", "%(n)d working days left", days) % {"n": days}
    return Distance(text, "soon" if days <= 5 else "later")


def calendar_distance(day: dt.date, today: dt.date) -> Distance:
    """The distance in calendar days, for maturities and periods that the law counts in days."""
    days = (day - today).days
    if days < 0:
        return Distance(ngettext("%(n)d day ago", "%(n)d days ago", -days) % {"n": -days}, "past")
    if days == 0:
        return Distance(gettext("today"), "today")
    tone = "soon" if days <= 30 else "later"
    return Distance(ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days}, tone)


@register.filter
def day(value: dt.date | None) -> SafeString:
    """A date with its weekday."""
    if value is None:
        return DASH
    return format_html(
        '<time class="day" datetime="{0}">{0} <span class="weekday">{1}</span></time>',
        value.isoformat(),
        weekday(value),
    )


def _with_distance(value: dt.date, distance: Distance) -> SafeString:
    return format_html(
        '<span class="workdate">{} <span class="distance distance-{}">{}</span></span>',
        day(value),
        distance.tone,
        distance.text,
    )


@register.simple_tag(takes_context=True)
def workdate(context: Mapping[str, Any], value: dt.date | None) -> SafeString:
    """A deadline: date, weekday and distance (``3 working days left``, ``overdue 2 days``)."""
    if value is None:
        return DASH
    place = workplace(context["request"])
    return _with_distance(value, deadline_distance(value, place.today, place.calendar))


@register.simple_tag(takes_context=True)
def countdown(context: Mapping[str, Any], value: dt.date | None) -> SafeString:
    """A date with its weekday and its distance in calendar days."""
    if value is None:
        return DASH
    return _with_distance(value, calendar_distance(value, workplace(context["request"]).today))


@register.filter
def moment(value: dt.datetime | None) -> SafeString:
    """An instant in the bank's time, to the minute."""
    if value is None:
        return DASH
    local = value.astimezone(SHANGHAI)
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M}"
    )


# --- personal data ---------------------------------------------------------------------------------
@register.filter
def mask(value: str | None, kind: str = "id") -> SafeString:
    """An ID number or phone with its middle hidden (kind ``id`` or ``phone``)."""
    if not value:
        return DASH
    return format_html('<span class="masked">{}</span>', masked(value, kind))


# --- links -------------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def query_replace(context: Mapping[str, Any], **changes: Any) -> str:
    """The page's query with some parameters changed; empty values leave, and paging starts afresh."""
    query = context["request"].GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """``mapping[key]``, or nothing."""
    return mapping.get(key, "")


@register.filter
def weekday_name(value: dt.date | None) -> str:
    return weekday(value) if value else ""
