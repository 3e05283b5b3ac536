"""Why a duty exists and why it is due then, in words and facts that a person can check."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from duties.handbook import ANCHORS, clause_text
from duties.models import Duty
from org.enums import Role

COUNTING = frozenset({"clause", "anchor", "offset", "unit", "roll"})

LABELS: Mapping[str, Any] = {
    "classification": gettext_lazy("class"),
    "days_past_due": gettext_lazy("days past due"),
    "disbursed_on": gettext_lazy("disbursed on"),
    "exempt": gettext_lazy("loans exempt by rule"),
    "frequency": gettext_lazy("frequency"),
    "group": gettext_lazy("group"),
    "guarantor": gettext_lazy("guarantor"),
    "interrupted_by": gettext_lazy("interrupted by repayment"),
    "last_checked_on": gettext_lazy("last on-site check"),
    "last_rated_on": gettext_lazy("last rated on"),
    "last_rating": gettext_lazy("last rating"),
    "liability": gettext_lazy("liability"),
    "matures_on": gettext_lazy("matures on"),
    "period": gettext_lazy("period"),
    "period_end": gettext_lazy("period end"),
    "period_ends_on": gettext_lazy("agreed end of period"),
    "reading": gettext_lazy("reading of the handbook"),
    "reason": gettext_lazy("reason"),
    "regime": gettext_lazy("regime"),
    "request": gettext_lazy("submission no."),
    "required": gettext_lazy("required number"),
    "role": gettext_lazy("role"),
    "year": gettext_lazy("year"),
}

VALUES: Mapping[str, Any] = {
    "normal": gettext_lazy("Normal"),
    "special_mention": gettext_lazy("Special mention"),
    "substandard": gettext_lazy("Substandard"),
    "doubtful": gettext_lazy("Doubtful"),
    "loss": gettext_lazy("Loss"),
    "regular": gettext_lazy("Regular"),
    "key": gettext_lazy("Key"),
    "monthly": gettext_lazy("monthly"),
    "quarterly": gettext_lazy("quarterly"),
    "half_yearly": gettext_lazy("half-yearly"),
    "yearly": gettext_lazy("yearly"),
    "joint": gettext_lazy("Joint liability"),
    "general": gettext_lazy("General guarantee"),
    "unclear": gettext_lazy("Unclear"),
    "corporate": gettext_lazy("Corporate"),
    "personal": gettext_lazy("Personal"),
    "true": gettext_lazy("yes"),
    "false": gettext_lazy("no"),
    **dict(Role.choices),
}


@dataclass(frozen=True)
class Fact:
    """One input of the decision: a label, and a value that is text or a date."""

    label: str
    value: str | dt.date


@dataclass(frozen=True)
class Explanation:
    """The clause with its text, how the deadline was counted, and the facts behind it."""

    clause: str
    clause_text: str
    counting: str
    facts: list[Fact]


def explain(duty: Duty) -> Explanation:
    """The duty's stored explanation in the reader's language."""
    stored = duty.explanation or {}
    return Explanation(
        clause=duty.clause,
        clause_text=clause_text(duty.clause),
        counting=counting(duty, stored),
        facts=list(_facts(stored)),
    )


def counting(duty: Duty, stored: Mapping[str, Any]) -> str:
    """How the deadline was counted, such as ``15 working days after the end of the quarter``."""
    anchor = _("%(anchor)s (%(date)s)") % {
        "anchor": str(ANCHORS.get(stored.get("anchor", ""), _("the anchor date"))),
        "date": duty.anchor_on.isoformat(),
    }
    words = _counted(_number(stored.get("offset")), str(stored.get("unit", "")), anchor)
    rolled = _rolled(str(stored.get("roll", "")))
    return f"{words}{rolled}"


def _number(offset: Any) -> int:
    try:
        return int(offset)
    except (TypeError, ValueError):
        return 0


def _counted(offset: int, unit: str, anchor: str) -> str:
    if offset == 0:
        return _("On %(anchor)s") % {"anchor": anchor}
    span = _span(abs(offset), unit)
    if offset < 0:
        return _("%(span)s before %(anchor)s") % {"span": span, "anchor": anchor}
    return _("%(span)s after %(anchor)s") % {"span": span, "anchor": anchor}


def _span(n: int, unit: str) -> str:
    if unit == "workday":
        return ngettext("%(n)d working day", "%(n)d working days", n) % {"n": n}
    if unit == "month":
        return ngettext("%(n)d month", "%(n)d months", n) % {"n": n}
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}


def _rolled(roll: str) -> str:
    if roll == "previous":
        return _("; on a day off, the working day before")
    if roll == "next":
        return _("; on a day off, the working day after")
    return ""


def _facts(stored: Mapping[str, Any]) -> Iterator[Fact]:
    for name, value in stored.items():
        if name in COUNTING or value in (None, "", [], {}):
            continue
        yield Fact(str(LABELS.get(name, name.replace("_", " "))), _shown(value))


def _shown(value: Any) -> str | dt.date:
    if isinstance(value, bool):
        return str(VALUES["true" if value else "false"])
    if isinstance(value, list | tuple):
        return ", ".join(str(_shown(entry)) for entry in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{LABELS.get(key, key)}: {_shown(entry)}" for key, entry in value.items())
    text = str(value)
    if text in VALUES:
        return str(VALUES[text])
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else text
    except ValueError:
        return text
