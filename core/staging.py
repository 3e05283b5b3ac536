"""Temporary tables for set-based work, and the few words in which PostgreSQL and SQLite differ.

Rows are loaded by ``COPY`` or ``executemany`` and joined where the book is; nothing of the book comes to
Python. Statements passed in are reviewed SQL with names from the product itself, never from outside.
"""

import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Field

Columns = Sequence[Sequence[Any]]
WORTH_ANALYZING = 10_000
# Of temporary tables the planner needs to know little more than how large they are.
ROUGHLY = "SET default_statistics_target = 10"
COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class Staging:
    """The temporary tables of one piece of work on Django's default connection."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.is_postgresql = connection.vendor == "postgresql"

    # --- statements -------------------------------------------------------------------------
    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run one statement; the number of rows it wrote."""
        with connection.cursor() as cursor:
            cursor.execute(sql, params or None)
            return max(cursor.rowcount, 0)

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params or None)
            return cursor.fetchall()

    def value(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """The first column of the first row."""
        return self.rows(sql, params)[0][0]

    # --- tables -----------------------------------------------------------------------------
    def create(self, name: str, columns: Mapping[str, str]) -> None:
        """A new empty temporary table; ``columns`` maps names to the types of this database."""
        self.drop(name)
        listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        self.execute(f"CREATE TEMPORARY TABLE {name} ({listed})")
        self.tables.add(name)

    def create_as(self, name: str, select: str, *, index: str = "") -> int:
        """A temporary table with the rows of ``select``, ready to be joined; returns how many."""
        self.drop(name)
        written = self.execute(f"CREATE TEMPORARY TABLE {name} AS {select}")
        self.tables.add(name)
        self.prepare(name, index)
        return written if self.is_postgresql else int(self.value(f"SELECT COUNT(*) FROM {name}"))

    def prepare(self, name: str, index: str = "") -> None:
        """Make a filled table known to the planner: PostgreSQL counts it, SQLite needs an index."""
        if self.is_postgresql:
            self.execute(f"ANALYZE {name}")
        elif index:
            self.index(name, index)

    def index(self, name: str, columns: str) -> None:
        """An index for lookups row by row, which PostgreSQL needs, too."""
        schema = "" if self.is_postgresql else "temp."
        suffix = columns.replace(", ", "_").replace(" ", "_")
        self.execute(f"CREATE INDEX IF NOT EXISTS {schema}{name}_{suffix} ON {name} ({columns})")

    def analyze(self, table: str, written: int) -> None:
        """Tell PostgreSQL's planner about a table of the book that has just grown a lot."""
        if self.is_postgresql and written >= WORTH_ANALYZING:
            self.execute("RESET default_statistics_target")
            self.execute(f"ANALYZE {table}")
            self.execute(ROUGHLY)

    def load(self, name: str, columns: Columns) -> None:
        """Append rows given column by column; ``None`` is null."""
        self.load_encoded(name, [self.encode(column) for column in columns])

    def encode(self, values: Sequence[Any]) -> Sequence[Any]:
        """Values as ``load_encoded`` takes them: cells of COPY's text on PostgreSQL.

        Encoding the distinct values of a long column once is what makes loading fast.
        """
        if not self.is_postgresql:
            return values
        return [r"\N" if value is None else str(value).translate(COPY_ESCAPES) for value in values]

    def load_encoded(self, name: str, columns: Columns) -> None:
        """Append rows whose columns have gone through ``encode``."""
        if self.is_postgresql:
            lines = "\n".join(map("\t".join, zip(*columns, strict=True)))
            with connection.cursor() as cursor:
                cursor.copy_expert(f"COPY {name} FROM STDIN", io.StringIO(lines))
        else:
            with _one_commit(), connection.cursor() as cursor:
                marks = ", ".join(["%s"] * len(columns))
                rows: Any = zip(*columns, strict=True)  # an iterator will do
                cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)

    def load_text(self, name: str, columns: Sequence[str], text: str, first_line: int) -> bool:
        """Append plain CSV lines as they are, numbered from ``first_line``; every cell is known to be good.

        False when this database has no way to do so, or the text needs more care than a plain copy.
        """
        if not self.is_postgresql or "\r" in text or len(columns) == 1:
            return False
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'line'), %s, FALSE)", [name, first_line])
            cursor.copy_expert(
                f"COPY {name} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv)", io.StringIO(text)
            )
        return True

    @property
    def line_type(self) -> str:
        """The type of a column ``line`` that numbers rows."""
        return "bigserial" if self.is_postgresql else "integer PRIMARY KEY"

    def drop(self, name: str) -> None:
        self.execute(f"DROP TABLE IF EXISTS {'pg_temp' if self.is_postgresql else 'temp'}.{name}")
        self.tables.discard(name)

    def drop_all(self) -> None:
        for name in tuple(self.tables):
            self.drop(name)

    # --- dialect ----------------------------------------------------------------------------
    def type_of(self, field: "Field[Any, Any]") -> str:
        """The database's type for the values of a model field."""
        return str(field.db_type(connection))

    def differ(self, left: str, right: str) -> str:
        """Whether two expressions differ, null being a value like any other."""
        return f"{left} {'IS DISTINCT FROM' if self.is_postgresql else 'IS NOT'} {right}"

    def least(self, *expressions: str) -> str:
        """The least of expressions that are not null."""
        return f"{'LEAST' if self.is_postgresql else 'MIN'}({', '.join(expressions)})"

    def greatest(self, *expressions: str) -> str:
        """The greatest of expressions that are not null."""
        return f"{'GREATEST' if self.is_postgresql else 'MAX'}({', '.join(expressions)})"

    def date(self, day: dt.date) -> str:
        """A date constant."""
        return f"{'DATE ' if self.is_postgresql else ''}'{day.isoformat()}'"

    def instant(self, at: dt.datetime) -> str:
        """A date-time constant."""
        return self.literal(connection.ops.adapt_datetimefield_value(at))

    def literal(self, value: Any) -> str:
        """A constant of the product's own: codes, defaults, numbers; never a text from outside."""
        if value is None:
            return "NULL"
        if isinstance(value, bool | int | float | Decimal):
            return str(value).upper()
        return self.text(str(value))

    def before(self, column: str, mark: str) -> str:
        """The part of a text before the first ``mark``; empty or the whole text when there is none."""
        if self.is_postgresql:
            return f"SPLIT_PART({column}, '{mark}', 1)"
        return f"SUBSTR({column}, 1, INSTR({column}, '{mark}') - 1)"

    def text(self, value: str) -> str:
        """A text constant of the product's own."""
        return "'" + value.replace("'", "''") + "'"


def cents(expression: str) -> str:
    """Money as a whole number of cents: exact sums, also where the database keeps decimals as floats."""
    return f"CAST(ROUND(({expression}) * 100) AS bigint)"


@contextmanager
def _one_commit() -> Iterator[None]:
    """One SQLite transaction that leaves the book unlocked: ``atomic()`` would take its only write lock, and
    outside a transaction every row would be committed by itself."""
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("COMMIT")


@contextmanager
def staging() -> Iterator[Staging]:
    """Temporary tables that are gone afterwards.

    On SQLite they may spill to disk, so that memory stays bounded; PostgreSQL gets room to sort in memory.
    """
    area = Staging()
    before, after = PREPARE[connection.vendor] if not connection.in_atomic_block else ((), ())
    for statement in before:
        area.execute(statement)
    try:
        yield area
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            area.drop_all()
            for statement in after:
                area.execute(statement)


# What the connection is told before and after.
PREPARE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "postgresql": (
        ("SET work_mem = '128MB'", "SET jit = off", ROUGHLY),
        ("RESET work_mem", "RESET jit", "RESET default_statistics_target"),
    ),
    "sqlite": (
        ("PRAGMA temp_store=FILE", "PRAGMA temp.cache_size=-65536"),
        ("PRAGMA temp_store=MEMORY",),
    ),
}
