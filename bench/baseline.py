"""What the database needs for the same rows, written by hand and with nothing decided or checked.

These are floors: no reference is looked up, no rule applied, no row explained. A hand-made set-based job
would lie between them and the product.
"""

import csv
from pathlib import Path
from typing import Any

from django.db import connection, models
from django.db.models import Max

from core.clock import stopwatch
from duties.models import Digest, Duty, Reminder
from loans.models import (
    Borrower,
    Collateral,
    CollateralLoan,
    FloorProposal,
    Guarantee,
    Instalment,
    Loan,
    LoanClassification,
    LoanRegime,
    LoanStatus,
    Repayment,
)

IMPORTED: tuple[type[models.Model], ...] = (
    Borrower,
    Loan,
    Guarantee,
    Collateral,
    CollateralLoan,
    Instalment,
    Repayment,
    LoanClassification,
    LoanRegime,
)
DAILY: tuple[type[models.Model], ...] = (Duty, FloorProposal, LoanStatus, Digest, Reminder)


def execute(sql: str, params: Any = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return max(cursor.rowcount, 0)


def seconds(*statements: str) -> float:
    started = stopwatch()
    for sql in statements:
        execute(sql)
    return stopwatch() - started


def bulk_load(folder: Path) -> float:
    """The files of a delivery into tables of text: COPY, or executemany on SQLite."""
    total = 0.0
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            columns = next(csv.reader(file))
        execute(f"CREATE TEMP TABLE bare_{path.stem} ({', '.join(f'{c} text' for c in columns)})")
        started = stopwatch()
        _load(path, len(columns))
        total += stopwatch() - started
        execute(f"DROP TABLE bare_{path.stem}")
    return total


def _load(path: Path, width: int) -> None:
    with path.open(encoding="utf-8", newline="") as file, connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.cursor.copy_expert(f"COPY bare_{path.stem} FROM STDIN WITH CSV HEADER", file)
            return
        rows = csv.reader(file)
        next(rows)
        marks = ", ".join("?" * width)
        connection.connection.executemany(f"INSERT INTO bare_{path.stem} VALUES ({marks})", rows)
        connection.connection.commit()


def repeat_import() -> float:
    """The rows of the book once more, one INSERT ... SELECT ... ON CONFLICT a table with the same indexes."""
    total = 0.0
    for model in IMPORTED:
        twin = _twin(model)
        table = model._meta.db_table
        total += seconds(f"INSERT INTO {twin} SELECT * FROM {table} WHERE id > 0 ON CONFLICT DO NOTHING")
        execute(f"DROP TABLE {twin}")
    return total


def _twin(model: type[models.Model]) -> str:
    """An empty table with the columns and indexes of a model's, without foreign keys."""
    table = model._meta.db_table
    twin = f"twin_{table}"
    execute(f"DROP TABLE IF EXISTS {twin}")
    if connection.vendor == "postgresql":
        execute(f"CREATE TABLE {twin} (LIKE {table} INCLUDING ALL)")
        return twin
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL ORDER BY type DESC",
            [table],
        )
        for number, (sql,) in enumerate(cursor.fetchall()):
            execute(_renamed(sql, table, twin, number))
    return twin


def _renamed(sql: str, table: str, twin: str, number: int) -> str:
    if sql.startswith("CREATE TABLE"):
        head, body = sql.split("(", 1)
        return f'CREATE TABLE "{twin}" ({body}'.replace(" DEFERRABLE INITIALLY DEFERRED", "")
    head, body = sql.split(f'ON "{table}"', 1)
    kind = "UNIQUE INDEX" if "UNIQUE" in head else "INDEX"
    return f'CREATE {kind} "twin_{number}_{table}" ON "{twin}"{body}'


class Written:
    """Remembers where the tables of a day end, so that what a run adds and changes can be told."""

    def __init__(self) -> None:
        self.last = {model: model._base_manager.aggregate(m=Max("id"))["m"] or 0 for model in DAILY}
        execute("DROP TABLE IF EXISTS bench_heads")
        execute(
            "CREATE TABLE bench_heads AS SELECT id, oldest_unpaid_due_on, classification, floor_class "
            "FROM loans_loan"
        )
        execute("CREATE INDEX bench_heads_id ON bench_heads (id)")
        execute("DROP TABLE IF EXISTS bench_open")
        execute("CREATE TABLE bench_open AS SELECT id FROM duties_duty WHERE state = 'open'")
        execute("CREATE INDEX bench_open_id ON bench_open (id)")


def write_again(written: Written) -> tuple[float, int]:
    """Seconds and rows of writing a day again: inserts into twins that hold the older rows, and updates
    of as many loans and duties as the run changed."""
    total, rows = 0.0, 0
    for model, last in written.last.items():
        table, twin = model._meta.db_table, _twin(model)
        execute(f"INSERT INTO {twin} SELECT * FROM {table} WHERE id <= {last}")
        total += seconds(f"INSERT INTO {twin} SELECT * FROM {table} WHERE id > {last} ON CONFLICT DO NOTHING")
        rows += int(model._base_manager.filter(pk__gt=last).count())
        if model is Duty:
            total += _close_again(twin)
        execute(f"DROP TABLE {twin}")
    moved, changed = _move_again()
    return total + moved, rows + changed


def _close_again(twin: str) -> float:
    execute("DROP TABLE IF EXISTS bench_closed")
    execute(
        "CREATE TABLE bench_closed AS SELECT d.id, d.state, d.closed_on, d.close_reason "
        "FROM duties_duty d "
        "JOIN bench_open o ON o.id = d.id WHERE d.state <> 'open'"
    )
    execute(
        "UPDATE " + twin + " SET state = 'open', closed_on = NULL WHERE id IN (SELECT id FROM bench_closed)"
    )
    return seconds(
        f"UPDATE {twin} SET state = c.state, closed_on = c.closed_on, close_reason = c.close_reason "
        f"FROM bench_closed c WHERE c.id = {twin}.id"
    )


def _move_again() -> tuple[float, int]:
    twin = _twin(Loan)
    execute(f"INSERT INTO {twin} SELECT * FROM loans_loan WHERE id > 0")
    differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    execute("DROP TABLE IF EXISTS bench_moved")
    execute(
        "CREATE TABLE bench_moved AS SELECT l.id, l.oldest_unpaid_due_on, l.classification, l.floor_class "
        f"FROM loans_loan l JOIN bench_heads h ON h.id = l.id WHERE l.oldest_unpaid_due_on {differs} "
        f"h.oldest_unpaid_due_on OR l.classification <> h.classification OR l.floor_class <> h.floor_class"
    )
    columns = ("oldest_unpaid_due_on", "classification", "floor_class")
    spent = seconds(
        f"UPDATE {twin} SET {', '.join(f'{c} = m.{c}' for c in columns)} FROM bench_moved m "
        f"WHERE m.id = {twin}.id"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM bench_moved")
        changed = cursor.fetchone()[0]
    execute(f"DROP TABLE {twin}")
    return spent, changed
