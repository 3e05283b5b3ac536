"""Reads of the audit trail: a page of events, one event with what changed, the state of the chains."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from core import audit, clock
from core.enums import RunState
from core.models import AuditEvent, Job
from core.paging import KeysetPage, Order, keyset_page

VERIFY_JOB = "verify_audit"
EVENTS_SHOWN = 50
SUMMARY_LENGTH = 160
STALE_AFTER = dt.timedelta(days=7)
UNFINISHED = (RunState.PENDING, RunState.RUNNING)


def event_page(events: QuerySet[AuditEvent], params: Mapping[str, str]) -> KeysetPage:
    """A page of events, newest first; one query."""
    return keyset_page(events, Order("at", descending=True), params, EVENTS_SHOWN)


def summary_of(event: AuditEvent) -> str:
    """What an event says, in one line."""
    parts = [
        f"{name}: {_plain(value)}" for name, value in event.after.items() if value not in (None, "", [], {})
    ]
    text = " · ".join(parts)
    return text if len(text) <= SUMMARY_LENGTH else f"{text[:SUMMARY_LENGTH]}…"


def _plain(value: Any) -> str:
    """A value of JSON as a person reads it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class Change:
    """One entry of an event: how it was and how it is."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class EventPage:
    """One event with its changes, and whether its own hash still fits its content."""

    event: AuditEvent
    changes: list[Change]
    holds: bool


def event_of(pk: int) -> EventPage | None:
    """One event; one query."""
    event = AuditEvent.objects.filter(pk=pk).first()
    if event is None:
        return None
    content = {name: getattr(event, name) for name in audit.HASHED}
    return EventPage(event, list(_changes(event)), audit.digest(content) == event.hash)


def _changes(event: AuditEvent) -> Iterator[Change]:
    for name in sorted({*event.before, *event.after}):
        yield Change(name, _told(event.before, name), _told(event.after, name))


def _told(values: Mapping[str, Any], name: str) -> str:
    return _plain(values[name]) if values.get(name) is not None else ""


# --- the chains -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Chains:
    """How many events there are, one digest over all heads, and what the last verification found."""

    events: int
    digest: str
    check: Job | None
    now: dt.datetime

    @property
    def under_way(self) -> bool:
        return self.check is not None and self.check.state in UNFINISHED

    @property
    def verdict(self) -> str:
        """``never``, ``running``, ``failed`` (it could not be done), ``bad`` or ``good``."""
        if self.check is None:
            return "never"
        if self.under_way:
            return "running"
        if self.check.state == RunState.FAILED:
            return "failed"
        return "bad" if self.check.result.get("bad") else "good"

    @property
    def stale(self) -> bool:
        ended = self.check.finished_at if self.check is not None else None
        return ended is not None and self.now - ended > STALE_AFTER


def chains() -> Chains:
    """The state of the chains; two queries."""
    check = Job.objects.filter(kind=VERIFY_JOB).order_by("-id").first()
    return Chains(**audit.summary(), check=check, now=clock.now())


def unfinished_check() -> Job | None:
    """The verification that was asked for and has not ended."""
    return Job.objects.filter(kind=VERIFY_JOB, state__in=UNFINISHED).first()
