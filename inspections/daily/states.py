"""Regime and class of loans on a day, as columns for a query, and rule tables over them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from duties.planning import RunContext
from loans.models import LoanStatus

State = tuple[str, str]
"""The names of the columns that hold regime and class."""

NOW: State = ("regime", "classification")
BEFORE: State = ("previous_regime", "previous_classification")
"""The columns of a `LoanStatus` that tell what was in force until it."""


def state_on(day: dt.date, context: RunContext) -> State:
    """Where ``with_states`` puts the state of a day; of a day to come, that is the present state."""
    return NOW if day >= context.day else (f"regime_{day:%Y%m%d}", f"class_{day:%Y%m%d}")


def with_states(loans: QuerySet[Any], days: Iterable[dt.date], context: RunContext) -> QuerySet[Any]:
    """Loans with their state on days that have passed: what held before the first change after it."""
    for day in sorted({day for day in days if day < context.day}):
        later = LoanStatus.objects.filter(loan=OuterRef("pk"), effective_on__gt=day).order_by("effective_on")
        columns = zip(state_on(day, context), BEFORE, NOW, strict=True)
        loans = loans.alias(
            **{name: Coalesce(Subquery(later.values(was)[:1]), F(now)) for name, was, now in columns}
        )
    return loans


def where_table_says(table: Mapping[tuple[str, str], Any], values: Iterable[Any], state: State) -> Q:
    """The rows whose state a table over (regime, class) gives one of the values."""
    wanted = list(values)
    classes: dict[str, list[str]] = {}
    for (regime, classification), value in table.items():
        if value in wanted:
            classes.setdefault(regime, []).append(classification)
    of_regime, of_class = state
    return reduce(or_, (Q(**{of_regime: r, f"{of_class}__in": sorted(c)}) for r, c in classes.items()))


def truth(condition: Q | None) -> Any:
    """A condition as a value that is true or false, never null."""
    if condition is None:
        return Value(False)
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
