"""Set-based writes from querysets: one INSERT ... SELECT on either database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import connections, models, router
from django.db.models import Expression, F, QuerySet


@dataclass(frozen=True)
class CommonTable:
    """A query under a name, ``WITH name AS (...)``: the rows of an unmanaged model inside one statement.

    ``source`` is a queryset with a column or annotation for every field of the model, or reviewed SQL that
    gives the columns in the order of the fields. ``computed_once`` keeps the databases from working out its
    expressions again wherever the statement mentions them.
    """

    model: type[models.Model]
    source: QuerySet[Any] | str
    computed_once: bool = False

    def sql(self, using: str) -> tuple[str, list[Any]]:
        """The table's part of the WITH clause and its parameters."""
        fields = self.model._meta.concrete_fields
        quote = connections[using].ops.quote_name
        body, params = self._body([field.attname for field in fields], using)
        columns = ", ".join(quote(str(field.column)) for field in fields)
        return f"{quoted_table(self.model)} ({columns}) AS {self._held(body, using)}", params

    def _held(self, body: str, using: str) -> str:
        if not self.computed_once:
            return f"({body})"
        if connections[using].vendor == "postgresql":
            # Holds the expressions like MATERIALIZED, but lets the planner look at the statistics inside.
            return f"({body} OFFSET 0)"
        return f"MATERIALIZED ({body})"

    def _body(self, names: list[str], using: str) -> tuple[str, list[Any]]:
        if isinstance(self.source, str):
            return self.source, []
        rows = self.source.order_by().values_list(*names)
        sql, params = rows.query.get_compiler(using=using).as_sql()
        return sql, list(params)


def insert_select(
    model: type[models.Model],
    columns: Mapping[str, Any],
    source: QuerySet[Any],
    *,
    update: tuple[str, ...] = (),
    tables: Sequence[CommonTable] = (),
) -> int:
    """Insert one row of ``model`` for every row of ``source``; returns how many were written.

    ``columns`` maps field names to expressions over ``source``. Rows that meet a unique constraint are left
    alone, or, with ``update``, get these columns overwritten (the constraint is then the primary key).
    ``tables`` are queries that ``source`` reads from; a later one may build on earlier ones.
    ``source`` must carry a filter: SQLite cannot parse ``ON CONFLICT`` after a SELECT without WHERE.
    Nothing passes through Python, so memory stays flat whatever the number of rows.
    """
    using = router.db_for_write(model)
    selected = source.order_by().annotate(
        **{f"x_{name}": as_expression(value) for name, value in columns.items()}
    )
    sql, params = (
        selected.values_list(*(f"x_{name}" for name in columns)).query.get_compiler(using=using).as_sql()
    )
    with_tables, values = _with(tables, using)
    return execute(
        f"INSERT INTO {quoted_table(model)} ({_column_list(model, columns)}) "
        f"{with_tables}{sql} {_on_conflict(model, update)}",
        [*values, *params],
        using=using,
    )


def _with(tables: Sequence[CommonTable], using: str) -> tuple[str, list[Any]]:
    parts = [table.sql(using) for table in tables]
    if not parts:
        return "", []
    bodies = ", ".join(body for body, _ in parts)
    return f"WITH RECURSIVE {bodies} ", [value for _, values in parts for value in values]


def insert_union(model: type[models.Model], fields: list[str], sources: list[QuerySet[Any]]) -> int:
    """Insert the union of ``values_list`` querysets whose columns are ``fields``; conflicts are left out."""
    using = router.db_for_write(model)
    parts, params = [], []
    for source in sources:
        sql, values = source.order_by().query.get_compiler(using=using).as_sql()
        parts.append(sql)
        params.extend(values)
    return execute(
        f"INSERT INTO {quoted_table(model)} ({_column_list(model, fields)}) "
        f"{' UNION '.join(parts)} {_on_conflict(model, ())}",
        params,
        using=using,
    )


def execute(sql: str, params: Any = (), *, using: str = "default") -> int:
    """Run one reviewed statement; returns the number of rows it wrote."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        return max(cursor.rowcount, 0)


def refresh_statistics(model: type[models.Model]) -> None:
    """Tell PostgreSQL's planner about rows that were just written in bulk; its own look comes too late."""
    using = router.db_for_write(model)
    if connections[using].vendor == "postgresql":
        execute(f"ANALYZE {quoted_table(model)}", using=using)


def as_expression(value: Any) -> Any:
    """A column expression: expressions as they are, anything else as a typed constant."""
    if isinstance(value, Expression | F | models.Subquery | models.Exists):
        return value
    return models.Value(value)


def quoted_table(model: type[models.Model]) -> str:
    return connections[router.db_for_write(model)].ops.quote_name(model._meta.db_table)


def _column_list(model: type[models.Model], fields: Any) -> str:
    return ", ".join(_quoted_column(model, name) for name in fields)


def _quoted_column(model: type[models.Model], name: str) -> str:
    field = cast("models.Field[Any, Any]", model._meta.get_field(name))
    return connections[router.db_for_write(model)].ops.quote_name(str(field.column))


def _on_conflict(model: type[models.Model], update: tuple[str, ...]) -> str:
    if not update:
        return "ON CONFLICT DO NOTHING"
    columns = [_quoted_column(model, name) for name in update]
    target = _quoted_column(model, str(model._meta.pk.name)) if model._meta.pk else ""
    return f"ON CONFLICT ({target}) DO UPDATE SET " + ", ".join(f"{c} = excluded.{c}" for c in columns)
