"""The audit trail: who did what to which record, hash-chained so that tampering shows.

Several chains run beside each other, so that two acts at the same time do not wait for one row. An event's
hash covers all its fields, its place and the hash before it; the chain's head holds the last one.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils.functional import Promise

from core import clock
from core.digests import content_hash
from core.logs import request_id
from core.models import AuditChain, AuditEvent
from core.triggers import is_append_only

CHAINS = 16
BATCH = 2000

HASHED = (
    "shard",
    "sequence",
    "at",
    "business_date",
    "action",
    "actor_no",
    "actor_name",
    "actor_branch",
    "on_behalf_of",
    "subject_type",
    "subject_no",
    "before",
    "after",
    "request_id",
    "previous_hash",
)


def record(
    action: str,
    *,
    actor: Any = None,
    subject_type: str = "",
    subject_no: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    business_date: Any = None,
    on_behalf_of: Any = None,
) -> AuditEvent:
    """Append one event in the transaction of the act that it records.

    ``action`` is dotted (``duty.completed``). ``actor`` is a user (employee_no, name, branch) or None for
    the system; its name and branch are frozen as text, like those of ``on_behalf_of``. ``before`` and
    ``after`` hold what JSON can hold; dates and amounts become text. RuntimeError outside ``atomic()``.
    Call it late: the chain stays locked until the transaction ends.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An audit event belongs into the transaction of its act.")
    chain = _lock_chain()
    event = AuditEvent(
        shard=chain.shard,
        sequence=chain.length + 1,
        at=clock.now(),
        business_date=business_date,
        action=action,
        actor_no=getattr(actor, "employee_no", ""),
        actor_name=getattr(actor, "name", ""),
        actor_branch=_branch_no(actor),
        on_behalf_of=str(on_behalf_of)[:120] if on_behalf_of else "",
        subject_type=subject_type,
        subject_no=str(subject_no),
        before=plain(before or {}),
        after=plain(after or {}),
        request_id=request_id.get(),
        previous_hash=chain.head,
    )
    event.hash = digest({name: getattr(event, name) for name in HASHED})
    event.save(force_insert=True)
    AuditChain.objects.filter(pk=chain.pk).update(length=event.sequence, head=event.hash)
    return event


def _lock_chain() -> AuditChain:
    """The first chain that nobody else is writing to; when all are taken, wait for one.

    On SQLite the transaction already holds the only write lock, and the first chain is always free.
    """
    chains = AuditChain.objects.order_by("shard")
    free = chains.select_for_update(skip_locked=True).first()
    if free is not None:
        return free
    return chains.select_for_update().filter(shard=secrets.randbelow(CHAINS)).get()


def _branch_no(actor: Any) -> str:
    branch = getattr(actor, "branch", None)
    return branch.branch_no if branch is not None else ""


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON gives them back from either database: no floats, no lazy texts, no NUL."""
    return json.loads(json.dumps({str(k): _plain(v) for k, v in values.items()}, cls=DjangoJSONEncoder))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(entry) for entry in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, float):
        return str(value)
    if isinstance(value, str | Promise):
        return str(value).replace("\x00", "")
    return value


def digest(fields: Mapping[str, Any]) -> str:
    """SHA-256 over an event's fields; the instant to the microsecond, as one zone writes it."""
    instant = fields["at"].astimezone(clock.SHANGHAI).isoformat(timespec="microseconds")
    return content_hash({**fields, "at": instant})


@dataclass(frozen=True)
class BadRow:
    """The first place where a chain does not hold, and why."""

    shard: int
    sequence: int
    reason: str

    def __str__(self) -> str:
        return f"chain {self.shard}, event {self.sequence}: {self.reason}"


def verify() -> BadRow | None:
    """The first audit row that was changed, removed, reordered or added by hand; None when all hold.

    Streams the events, so that memory stays flat. Acts may go on meanwhile.
    """
    known = set(AuditChain.objects.values_list("shard", flat=True))
    for shard in range(CHAINS):
        if shard not in known:
            return BadRow(shard, 0, "the chain's head was removed")
    for shard in sorted(known | set(AuditEvent.objects.values_list("shard", flat=True).distinct())):
        if bad := _verify_chain(shard):
            return bad
    return None


def _verify_chain(shard: int) -> BadRow | None:
    length, head = 0, ""
    while True:
        for event in _events(shard, after=length):
            if bad := _fault(event, length, head):
                return BadRow(shard, length + 1, bad)
            length, head = event["sequence"], event["hash"]
        # Read after the events: an event that is visible by then has moved the head already.
        chain = AuditChain.objects.filter(shard=shard).first()
        if chain is None or chain.length < length:
            return BadRow(shard, length, "not written by the product")
        if chain.length == length:
            return None if chain.head == head else BadRow(shard, length, "the chain's head was changed")
        if not AuditEvent.objects.filter(shard=shard, sequence__gt=length).exists():
            return BadRow(shard, length + 1, "removed from the end")


def _events(shard: int, *, after: int) -> Iterator[dict[str, Any]]:
    rows = AuditEvent.objects.filter(shard=shard, sequence__gt=after).order_by("sequence")
    return rows.values(*HASHED, "hash").iterator(chunk_size=BATCH)


def _fault(event: dict[str, Any], length: int, head: str) -> str:
    """What is wrong with the event that follows ``length`` events ending in ``head``; empty if nothing."""
    if event["sequence"] != length + 1:
        return "removed"
    if digest({name: event[name] for name in HASHED}) != event["hash"]:
        return "changed"
    if event["previous_hash"] != head:
        return "reordered, or an event before it was replaced"
    return ""


def is_protected() -> bool:
    """Whether the database still refuses to change the trail."""
    return is_append_only(connection, AuditEvent._meta.db_table)


def summary() -> dict[str, Any]:
    """Number of events and one digest over all heads: file it elsewhere, and a rewritten trail shows."""
    chains = list(AuditChain.objects.order_by("shard").values_list("shard", "length", "head"))
    text = ";".join(f"{shard}:{length}:{head}" for shard, length, head in chains)
    return {
        "events": sum(length for _, length, _ in chains),
        "digest": hashlib.sha256(text.encode()).hexdigest(),
    }
