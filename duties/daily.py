"""Reminders: one digest per person and working day, and escalation instead of repetition."""

import datetime as dt
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    F,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, JSONObject

from core.bulk import insert_select
from core.daily import StepResult
from duties.models import Digest, Duty, Reminder
from duties.planning import RunContext, date, role_holder, text
from duties.rules import STAGES, Stage, newest_due_reaching
from org.models import RoleHolder


def raise_escalations(context: RunContext) -> StepResult:
    """Late duties that newly reached a stage are told to whoever stands above their owner."""
    result = StepResult()
    for name, reached in _newly_reached(context).items():
        stage = next(stage for stage in STAGES if stage.name == name)
        if stage.recipient != "owner":
            result.add(name, _escalate(stage, reached, context.horizon, context))
    return result


def raise_reminders(context: RunContext) -> StepResult:
    """One digest per person for the coming working day: own duties, and those escalated to the person."""
    result = StepResult()
    reached = _newly_reached(context)
    if reached:
        result.add("digests", _write_digests(reached, context.horizon, context))
        result.add("digests", _tell_those_above(context.horizon))
        result.notes.extend(_vacancies(context))
    return result


def _newly_reached(context: RunContext) -> dict[str, Q]:
    """Per stage which open duties newly reach it on the coming working day; nothing on a day off.

    Found by a range of deadlines since the last working day, plus what was opened since then with a deadline
    already inside a stage; nothing is repeated and a missed day loses nothing. The ranges of the working day
    after a day off start where the last one's ended.
    """
    today = context.horizon
    if not context.calendar.is_workday(today):
        return {}
    since = context.calendar.add_workdays(today, -1)
    return {stage.name: _reaching(stage, today, since, context) for stage in STAGES}


def _reaching(stage: Stage, today: dt.date, since: dt.date, context: RunContext) -> Q:
    newest = newest_due_reaching(stage, today, context.calendar)
    before = newest_due_reaching(stage, since, context.calendar)
    opened_since = Q(opens_on__gte=since, due_on__lte=newest)
    return Q(due_on__gt=before, due_on__lte=newest) | opened_since


def _open_duties(context: RunContext) -> QuerySet[Any]:
    # The codes are named so that the index on (code, due_on) of open duties serves the ranges.
    horizon = newest_due_reaching(STAGES[0], context.horizon, context.calendar)
    return Duty.objects.open().filter(code__in=sorted(context.rules), due_on__lte=horizon)


def _write_digests(reached: dict[str, Q], today: dt.date, context: RunContext) -> int:
    """Count per owner what newly reached each stage; a duty counts in the last stage it reached."""
    conditions = list(reached.items())
    latest = {
        name: condition & ~Q(*(later for _, later in conditions[i + 1 :]), _connector=Q.OR)
        if i + 1 < len(conditions)
        else condition
        for i, (name, condition) in enumerate(conditions)
    }
    anything = Q(*reached.values(), _connector=Q.OR)
    per_owner = (
        _open_duties(context)
        .filter(anything, owner__isnull=False)
        .values("owner")
        .annotate(**{name: Count("pk", filter=condition) for name, condition in latest.items()})
    )
    counts = JSONObject(**{name: F(name) for name in latest})
    told = _told(today).filter(recipient=OuterRef("owner")).values("n")
    columns = _digest_columns("owner", today, counts, Coalesce(Subquery(told), 0))
    return insert_select(Digest, columns, per_owner)


def _tell_those_above(today: dt.date) -> int:
    """A digest for those who are told of others' duties and have nothing new of their own."""
    columns = _digest_columns("recipient", today, Value({}, JSONField()), F("n"))
    return insert_select(Digest, columns, _told(today))


def _told(today: dt.date) -> QuerySet[Any]:
    return Reminder.objects.filter(raised_on=today).order_by().values("recipient").annotate(n=Count("pk"))


def _digest_columns(recipient: str, today: dt.date, counts: Any, escalated: Any) -> dict[str, Any]:
    return {
        "recipient": F(recipient),
        "business_date": date(today),
        "counts": counts,
        "escalated": escalated,
        "email_state": text("pending"),
        "attempts": Value(0, IntegerField()),
        "read_at": Cast(Value(None), DateTimeField()),
    }


def _escalate(stage: Stage, reached: Q, today: dt.date, context: RunContext) -> int:
    late = (
        _open_duties(context)
        .filter(reached)
        .alias(above=role_holder(stage.recipient))
        .filter(above__isnull=False)
        .exclude(above=F("owner"))
    )
    return insert_select(
        Reminder,
        {
            "duty": F("pk"),
            "stage": text(stage.name),
            "recipient": role_holder(stage.recipient),
            "raised_on": date(today),
        },
        late,
    )


def _vacancies(context: RunContext) -> list[str]:
    """Roles with duties that nobody holds up the tree: the supervisor stands in (contracts section 3)."""
    needed = {rule.owner_role for rule in context.rules.values()} | {stage.recipient for stage in STAGES}
    vacant = (
        RoleHolder.objects.filter(is_substitute=True, role__in=needed)
        .values("role")
        .annotate(n=Count("pk"))
        .order_by("role")
    )
    return [f"{row['role']}: nobody in {row['n']} branches, the supervisor stands in" for row in vacant]
