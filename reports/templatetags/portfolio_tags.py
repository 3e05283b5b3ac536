"""How figures of a portfolio read, and which loans stand behind them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.templatetags.house import money

register = template.Library()
NONE = "—"


@register.filter
def ratio(value: Decimal | None) -> str:
    """A ratio in percent with two decimals; a dash where there is nothing to divide by."""
    return NONE if value is None else f"{value:.2f}%"


@register.filter
def exact(value: Decimal | None) -> str:
    """An amount with thousands and two decimals, for print."""
    return NONE if value is None else f"{value:,.2f}"


@register.simple_tag(takes_context=True)
def behind(context: Mapping[str, Any], value: Any, **wanted: Any) -> SafeString:
    """An amount or count that opens the loans behind it, of now or of the closed month."""
    shown = money(context, value) if isinstance(value, Decimal) else format_html("{}", f"{value:,}")
    if not value:
        return shown
    return format_html('<a href="{}">{}</a>', loans_url(context, **wanted), shown)


@register.simple_tag(takes_context=True)
def loans_url(context: Mapping[str, Any], **wanted: Any) -> str:
    """The list of the loans of the page's branch and month, narrowed further."""
    summary = context["summary"]
    chosen = {"branch": summary.unit.branch_no, **{name: value for name, value in wanted.items() if value}}
    if summary.month.frozen:
        return f"{reverse('reports:portfolio_loans')}?{urlencode({'month': summary.month.key, **chosen})}"
    return f"{reverse('loans:loans')}?{urlencode({**chosen, 'currency': 'CNY'})}"


@register.simple_tag(takes_context=True)
def change(context: Mapping[str, Any], value: Decimal | None) -> SafeString:
    """A difference with its sign."""
    if value is None:
        return format_html('<span class="none">{}</span>', NONE)
    sign = "+" if value > 0 else ""
    return format_html('<span class="nowrap">{}{}</span>', sign, money(context, value))
