"""How figures of a portfolio read, and which loans stand behind them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.templatetags.house import money
from reports.rules.summary import Slice

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


@register.simple_tag
def slice_filter(cut: str, row: Slice) -> dict[str, str]:
    """The filter of the loan list that stands for one value of a dimension; none for a value not given."""
    return {cut: row.value} if cut != "branch" and row.value else {}


@register.simple_tag(takes_context=True)
def behind_slice(
    context: Mapping[str, Any], value: Any, narrowed: Mapping[str, str], **wanted: Any
) -> SafeString:
    """Like ``behind`` for one value of a dimension; without a filter that finds it, the bare figure."""
    if context.get("cut") == "branch" or narrowed:
        number = context["summary"].branch_numbers.get(context["row"].value)
        own = {"branch": number} if context.get("cut") == "branch" and number else {}
        return behind(context, value, **{**narrowed, **own, **wanted})
    return money(context, value) if isinstance(value, Decimal) else format_html("{}", f"{value:,}")


@register.filter
def minus(value: Decimal, other: Decimal) -> Decimal:
    return value - other


@register.filter
def at(rows: Sequence[Any], place: int) -> Any:
    return rows[place]


@register.filter
def cell(mapping: Mapping[str, Any] | str, key: str) -> Any:
    """``mapping[key]``, or None, also where there is no mapping at all."""
    return mapping.get(key) if isinstance(mapping, Mapping) else None


@register.filter
def indented(branch: Any) -> str:
    """A branch's name, moved in by its depth."""
    return "\u3000" * (branch.path.count("/") - 2) + str(branch.name)
