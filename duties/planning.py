"""How the apps tell which duties a day brings: planners.

A planner turns facts and rules into *openings*: querysets with the columns of the duties to open. The
daily run compiles them into INSERT ... SELECT, a simulation counts or lists them, and nobody else writes a
rule-made duty. Closings are set-based updates (``duties.closing``).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateField,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, JSONObject

from core.bulk import CommonTable, insert_select
from core.workdays import WorkdayCalendar
from duties.models import Duty
from duties.rules import Rule, deadline, opens_on
from org.enums import Role
from org.models import RoleHolder

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class RunContext:
    """What a step knows about the day it closes.

    ``day`` is the date being closed; duties whose ``opens_on`` is not after ``horizon`` (day + 1) exist
    afterwards. ``previous`` is the last closed date (None on the first run). ``judged_to`` is the date of
    the newest complete delivery: nothing that depends on non-payment is judged past it. ``branch_ids``
    narrows a step to one block of branches (None: all). ``judged_before`` is the last day whose non-payment
    an earlier run has judged (None: ``previous``, as when every day had its delivery).
    """

    day: dt.date
    previous: dt.date | None
    started_on: dt.date
    judged_to: dt.date | None
    rules: Mapping[str, Rule]
    calendar: WorkdayCalendar
    branch_ids: tuple[int, ...] | None = None
    readings: Callable[[type], Any] = field(default=lambda readings_type: readings_type())
    judged_before: dt.date | None = None

    @property
    def horizon(self) -> dt.date:
        return self.day + ONE_DAY

    @property
    def first(self) -> bool:
        """The first run after going live: everything open is looked at once."""
        return self.previous is None

    @property
    def judges(self) -> bool:
        """Whether non-payment may be judged on this day."""
        return self.judged_to is not None and self.day <= self.judged_to

    @property
    def judged_after(self) -> dt.date:
        """The day before the first one whose non-payment is still to be judged."""
        return self.judged_before or self.previous or self.started_on - ONE_DAY

    @property
    def judged_until(self) -> dt.date:
        """The last day whose non-payment can be judged; not after ``judged_after`` if there is none."""
        return min(self.day, self.judged_to) if self.judged_to else self.judged_after

    def in_branches(self, lookup: str = "branch") -> Q:
        """Filter for the block of branches of this step."""
        return Q() if self.branch_ids is None else Q(**{f"{lookup}__in": self.branch_ids})


@dataclass(frozen=True)
class Deadline:
    """One anchor date with the deadline that a rule gives it."""

    anchor_on: dt.date
    opens_on: dt.date
    due_on: dt.date
    provisional: bool


def deadline_of(anchor: dt.date, rule: Rule, calendar: WorkdayCalendar) -> Deadline:
    due = deadline(anchor, rule, calendar)
    return Deadline(anchor, opens_on(anchor, due, rule, calendar), due, calendar.is_provisional(anchor, due))


def anchor_case(anchor: str, deadlines: Iterable[Deadline], attribute: str) -> Case:
    """``attribute`` (due_on, opens_on, provisional) of the deadline whose anchor the row has."""
    output = BooleanField() if attribute == "provisional" else DateField()
    return Case(
        *(When(**{anchor: d.anchor_on}, then=Value(getattr(d, attribute), output)) for d in deadlines),
        output_field=output,
    )


def text(value: str) -> Cast:
    """A constant with the type text, where PostgreSQL would not guess one."""
    return Cast(Value(value), CharField())


def date(value: dt.date) -> Cast:
    """A constant with the type date."""
    return Cast(Value(value), DateField())


def role_holder(role: str, branch: str = "branch") -> Subquery:
    """Who answers for a role in the row's branch (table kept by ``org``)."""
    return Subquery(RoleHolder.objects.filter(role=role, branch=OuterRef(branch)).values("user")[:1])


def owner_of(rule: Rule, *, branch: str = "branch", officer: str | None = None) -> Any:
    """The owner's id: for the relationship manager the row's officer, else the holder of the role."""
    if rule.owner_role == Role.RELATIONSHIP_MANAGER and officer:
        return Coalesce(F(officer), role_holder(rule.owner_role, branch), output_field=IntegerField())
    return role_holder(rule.owner_role, branch)


def explain(rule: Rule, **inputs: Any) -> JSONObject:
    """The explanation column: clause, the rule's numbers, and the row's inputs (constants or expressions).

    Dates and texts as text; an expression may be anything that JSON can hold.
    """
    typed = {
        name: text(_plain(value)) if isinstance(value, str | dt.date) else value
        for name, value in inputs.items()
    }
    return JSONObject(
        clause=text(rule.clause),
        anchor=text(rule.anchor),
        offset=Value(rule.offset, IntegerField()),
        unit=text(rule.unit),
        roll=text(rule.roll),
        **typed,
    )


def _plain(value: str | dt.date) -> str:
    return value if isinstance(value, str) else value.isoformat()


@dataclass(frozen=True)
class Opening:
    """Duties of one rule to be opened: a filtered source and the duty's columns over it.

    ``tables`` are queries that the source reads from (``core.bulk.CommonTable``).
    """

    rule: Rule
    source: QuerySet[Any]
    columns: Mapping[str, Any]
    tables: tuple[CommonTable, ...] = ()

    def insert(self) -> int:
        return insert_select(Duty, self.columns, self.source, tables=self.tables)


def opening(
    rule: Rule, source: QuerySet[Any], /, *, tables: tuple[CommonTable, ...] = (), **columns: Any
) -> Opening:
    """An opening with the columns every duty has filled in.

    Required: subject_no, period_key, branch, owner, anchor_on, opens_on, due_on, explanation. Texts may be
    field names wrapped in F() or constants. Every column gets a value, because INSERT ... SELECT does not
    see Django's defaults.
    """
    values: dict[str, Any] = {
        "code": text(rule.code),
        "clause": text(rule.clause),
        "subject_type": text(rule.subject_type),
        "rule": Value(rule.id, IntegerField()),
        "loans": text(""),
        "borrower_no": Cast(Value(None), CharField()),
        "planned_on": Cast(Value(None), DateField()),
        "state": text("open"),
        "done_on": Cast(Value(None), DateField()),
        "closed_on": Cast(Value(None), DateField()),
        "close_reason": text(""),
        "closing_note": text(""),
        "missed": Value(False, BooleanField()),
        "provisional": Value(False, BooleanField()),
        "evidence": text(""),
        "version": Value(0, IntegerField()),
    }
    values.update({name: _column(value) for name, value in columns.items()})
    return Opening(rule, source, values, tables)


def _column(value: Any) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return Value(value, BooleanField())
    if isinstance(value, dt.date):
        return date(value)
    return value


Planner = Callable[[RunContext], Iterator[Opening]]
_planners: dict[str, Planner] = {}


def planner(name: str) -> Callable[[Planner], Planner]:
    """Register a planner under the name that the daily run lists."""

    def register(function: Planner) -> Planner:
        _planners[name] = function
        return function

    return register


def plan(context: RunContext) -> Iterator[Opening]:
    """All openings of all planners, for a simulation; nothing is written."""
    for function in _planners.values():
        yield from function(context)


def open_planned(function: Planner, context: RunContext) -> dict[str, int]:
    """Write what a planner plans; counts by duty code."""
    counts: dict[str, int] = {}
    for one in function(context):
        written = one.insert()
        if written:
            counts[one.rule.code] = counts.get(one.rule.code, 0) + written
    return counts
