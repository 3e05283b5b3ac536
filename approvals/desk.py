"""The desk: all that waits for a person's signature in one queue, whatever is behind it.

An app lets its records be signed here by registering a *tray*: the requests of this app are one, the work
logs of ``inspections`` another.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.enums import Outcome
from core.errors import ApplicationError, Conflict
from org.models import User
from org.selectors import delegators_of

SHOWN = 100


@dataclass(frozen=True)
class Item:
    """One line of the queue. ``opened``: the person has had this submission before their eyes."""

    tray: str
    number: str
    title: str
    kind: str
    author: str
    branch: str
    due_on: dt.date
    opened: bool = False

    @property
    def key(self) -> str:
        return f"{self.tray}:{self.number}"


@dataclass(frozen=True)
class Sheet:
    """What lies open: a template with its values. ``seen`` is the level or submission that is shown."""

    template: str
    context: Mapping[str, Any]
    seen: int


class Decide(Protocol):
    """Signs one record; errors as ``approvals.services.decide``."""

    def __call__(
        self, record: Any, /, *, actor: User, business_date: dt.date, outcome: str, opinion: str, seen: int
    ) -> Any: ...


@dataclass(frozen=True)
class Tray:
    """One kind of records to sign.

    ``waiting(user, on, limit, delegators)`` gives their lines by deadline, also those that the person signs
    as a deputy of ``delegators``; ``find(user, number)`` a record that the user
    may see, or None; ``sheet(user, record)`` what to read; ``outcomes`` what may be decided. ``together``:
    several may be approved with one opinion, if each was opened, which ``open(user, record, on)`` notes.
    """

    label: Any
    waiting: Callable[[User, dt.date, int, Sequence[User]], list[Item]]
    find: Callable[[User, str], Any]
    sheet: Callable[[User, Any], Sheet]
    decide: Decide
    outcomes: tuple[Outcome, ...] = tuple(Outcome)
    together: bool = False
    open: Callable[[User, Any, dt.date], None] | None = None


_trays: dict[str, Tray] = {}


def register(name: str, tray: Tray) -> None:
    """Called once by every app with records to sign, when it is ready."""
    _trays[name] = tray


def tray(name: str) -> Tray | None:
    return _trays.get(name)


@dataclass(frozen=True)
class Desk:
    """The queue of one person: all trays, or one, by deadline."""

    items: list[Item]
    counts: dict[str, int] = field(default_factory=dict)

    def at(self, key: str) -> Item | None:
        """The line asked for, else the first."""
        return next((item for item in self.items if item.key == key), self.items[0] if self.items else None)

    def after(self, item: Item) -> Item | None:
        """What comes up when this one is signed."""
        place = self.items.index(item)
        rest = self.items[place + 1 :] or self.items[:place]
        return rest[0] if rest else None


def desk(user: User, on: dt.date, only: str = "") -> Desk:
    """What waits for the person's signature, the nearest deadline first; a query or two per tray."""
    delegators = delegators_of(user, on)
    lines = {name: one.waiting(user, on, SHOWN, delegators) for name, one in _trays.items()}
    shown = [item for name, items in lines.items() if only in ("", name) for item in items]
    shown.sort(key=lambda item: (item.due_on, item.key))
    return Desk(shown[:SHOWN], {name: len(items) for name, items in lines.items()})


@transaction.atomic
def approve_together(
    keys: Collection[str], *, actor: User, business_date: dt.date, opinion: str
) -> list[Item]:
    """Approve several opened lines with one opinion, all or none.

    ApplicationError("nothing_chosen"), ("not_opened") for one that was not read or whose kind is signed one
    by one, Conflict("already_decided") for one that no longer waits; errors of the single signature.
    """
    waiting = {item.key: item for item in desk(actor, business_date).items}
    if not keys:
        raise ApplicationError("nothing_chosen", _("Choose what to sign."))
    if not waiting.keys() >= set(keys):
        raise Conflict("already_decided", _("Something you chose was signed or changed meanwhile."))
    chosen = [waiting[key] for key in keys]
    if not all(item.opened and _trays[item.tray].together for item in chosen):
        raise ApplicationError("not_opened", _("Only what you have opened can be signed together."))
    for item in chosen:
        _approve(item, actor, business_date, opinion)
    return chosen


def _approve(item: Item, actor: User, business_date: dt.date, opinion: str) -> None:
    one = _trays[item.tray]
    record = one.find(actor, item.number)
    one.decide(
        record,
        actor=actor,
        business_date=business_date,
        outcome=Outcome.APPROVE,
        opinion=opinion,
        seen=one.sheet(actor, record).seen,
    )
