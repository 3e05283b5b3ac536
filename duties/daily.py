"""Reminders: one digest per person and working day, and escalation instead of repetition."""

import datetime as dt
from typing import Any

from django.db.models import Count, DateTimeField, F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast, JSONObject

from core.bulk import insert_select
from core.daily import StepResult
from duties.models import Digest, Duty, Reminder
from duties.planning import RunContext, date, role_holder, text
from duties.rules import STAGES, Stage, newest_due_reaching
from org.models import RoleHolder


def raise_reminders(context: RunContext) -> StepResult:
    """Digests and escalations for the coming working day.

    What reaches a stage is found by a range of deadlines since the last working day, plus what was opened
    since then with a deadline already inside a stage; nothing is repeated and a missed day loses nothing.
    On a day off nobody is reminded: the next working day's ranges start where the last one's ended.
    """
    result = StepResult()
    today = context.horizon
    if not context.calendar.is_workday(today):
        return result
    since = context.calendar.add_workdays(today, -1)
    reached = {stage.name: _reaching(stage, today, since, context) for stage in STAGES}
    result.add("digests", _write_digests(reached, today, context))
    for stage in STAGES:
        if stage.recipient != "owner":
            result.add(stage.name, _escalate(stage, reached[stage.name], today, context))
    result.notes.extend(_vacancies())
    return result


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
    return insert_select(
        Digest,
        {
            "recipient": F("owner"),
            "business_date": date(today),
            "counts": JSONObject(**{name: F(name) for name in latest}),
            "email_state": text("pending"),
            "attempts": Value(0, IntegerField()),
            "read_at": Cast(Value(None), DateTimeField()),
        },
        per_owner,
    )


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


def _vacancies() -> list[str]:
    """Roles that nobody holds up the tree, so that the supervisor stands in (contracts section 3)."""
    vacant = (
        RoleHolder.objects.filter(is_substitute=True).values("role").annotate(n=Count("pk")).order_by("role")
    )
    return [f"{row['role']}: nobody in {row['n']} branches, the supervisor stands in" for row in vacant]
