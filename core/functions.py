"""Database functions that read the same on PostgreSQL and SQLite."""

import datetime as dt
from typing import Any, cast

from django.db.models import (
    Aggregate,
    BooleanField,
    CharField,
    DateField,
    F,
    Func,
    IntegerField,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast


class DaysUntil(Func):
    """Calendar days from a date column up to a constant date; negative when the column lies later."""

    output_field = IntegerField()

    def __init__(self, column: Any, day: Any, **extra: Any) -> None:
        super().__init__(column, Value(day) if isinstance(day, dt.date) else day, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._flipped(compiler, "(CAST({1} AS date) - {0})")

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._flipped(compiler, "CAST(julianday({1}) - julianday({0}) AS integer)")

    def _flipped(self, compiler: Any, template: str) -> Any:
        (column, column_params), (day, day_params) = map(compiler.compile, self.source_expressions)
        return template.format(column, day), [*day_params, *column_params]


class AddMonths(Func):
    """A date column so many months later, clipped at the month's end like ``core.periods.add_months``."""

    output_field = DateField()

    def __init__(self, column: Any, months: Any, **extra: Any) -> None:
        super().__init__(column, months, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST({0} + make_interval(months => {1}) AS date)"
        return self._filled(compiler, template)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # SQLite's own month arithmetic runs over into the next month; its last day is then the earlier one.
        template = (
            "MIN(DATE({0}, '+' || {1} || ' months'),"
            " DATE({0}, 'start of month', '+' || ({1} + 1) || ' months', '-1 day'))"
        )
        return self._filled(compiler, template)

    def _filled(self, compiler: Any, template: str) -> Any:
        date, months = self.source_expressions
        sql, params = compiler.compile(date)
        return template.format(sql, int(cast("Value", months).value)), params * template.count("{0}")


class JoinedText(Aggregate):
    """The values of a text column joined by ``;`` in no particular order (sort on reading)."""

    output_field = CharField()

    def __init__(self, expression: Any, **extra: Any) -> None:
        super().__init__(Cast(expression, CharField()), Value(";"), **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


class OneOf(Func):
    """Whether a column has one of the values of an independent subquery.

    PostgreSQL gets ``= ANY(ARRAY(...))``: evaluated once and looked up in the column's index, also as one
    arm of an OR, where ``IN (SELECT ...)`` reads the whole table. SQLite does so with ``IN`` already.
    """

    output_field = BooleanField()

    def __init__(self, column: Any, values: QuerySet[Any], **extra: Any) -> None:
        super().__init__(F(column) if isinstance(column, str) else column, Subquery(values), **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(
            compiler, connection, template="%(expressions)s)", arg_joiner=" = ANY(ARRAY", **context
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        how = {"template": "%(expressions)s", "arg_joiner": " IN "}
        return super().as_sql(compiler, connection, **how, **context)
