"""A staged file against the book: compared in one join, then only what is new or changed is written."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.hashers import make_password

from core.staging import Staging
from loans.enums import FactSource
from loans.importers.columns import NATURAL_KEYS, Column, Model, Target
from loans.importers.loading import Staged
from loans.models import Guarantee, Loan, LoanClassification, LoanRegime
from loans.services.derivation import BASE, NEXT_DUES, PERIODS, ended_on
from org.models import User


@dataclass(frozen=True)
class Moment:
    """The delivery's date, and when it is applied."""

    day: dt.date
    now: dt.datetime


class Merge:
    """One table that a staged file fills.

    ``compare`` leaves what is new (``target_id`` null) or changed in the temporary table ``delta``; ``write``
    brings it into the book. The staged row is ``s``, the book's row ``t``, referred rows ``r_<column>``.
    """

    def __init__(self, area: Staging, staged: Staged, target: Target, moment: Moment) -> None:
        self.area = area
        self.staged = staged
        self.target = target
        self.moment = moment
        self.delta = f"delta_{target.model._meta.model_name}"
        self.columns = [name for name in staged.columns if name in target.fields]

    # --- expressions ------------------------------------------------------------------------
    def column(self, name: str) -> Column:
        """The column as this target takes it."""
        return Column(name, self.target.field_of(name))

    def value(self, name: str) -> str:
        """The value after the import: as delivered, or what the book has when the column is absent."""
        if name not in self.columns:
            return f"t.{self.target.field_of(name).column}"
        column = self.column(name)
        if column.refers_to:
            return f"r_{name}.id"
        default = column.field.get_default()
        if column.field.null or default is None:
            return f"s.{name}"
        return f"COALESCE(s.{name}, {self.area.literal(default)})"

    @cached_property
    def values(self) -> dict[str, str]:
        """Database column to expression, for what the file says and what follows from it."""
        said = {str(self.target.field_of(name).column): self.value(name) for name in self.columns}
        return said | (DERIVED[self.target.model](self) if self.target.model in DERIVED else {})

    @cached_property
    def initial(self) -> dict[str, str]:
        """Expressions that only a new row gets."""
        return INITIAL[self.target.model](self) if self.target.model in INITIAL else {}

    @cached_property
    def source(self) -> str:
        """The good staged rows joined with the rows they refer to and with the book's own row."""
        joins = [f"{self.staged.spec.stage} s"]
        for name in self.columns:
            column = self.column(name)
            if parent := column.refers_to:
                join = "JOIN" if column.mandatory else "LEFT JOIN"
                joins.append(
                    f"{join} {parent._meta.db_table} r_{name} ON r_{name}.{NATURAL_KEYS[parent]} = s.{name}"
                )
        match = " AND ".join(
            f"t.{self.target.field_of(name).column} = {self.key_value(name)}" for name in self.target.key
        )
        joins.append(f"LEFT JOIN {self.target.table} t ON {match}")
        joins += JOINS.get(self.target.model, ())
        return " ".join(joins)

    def key_value(self, name: str) -> str:
        return f"r_{name}.id" if self.column(name).refers_to else f"s.{name}"

    # --- statements -------------------------------------------------------------------------
    def compare(self) -> None:
        """Find the rows that are new or differ; everything else is not touched."""
        kept = {**self.values, **self.initial, **self.old_values()}
        listed = ", ".join(f"{expression} AS {name}" for name, expression in kept.items())
        self.area.create_as(
            self.delta,
            f"SELECT s.line, t.id AS target_id, {listed} FROM {self.source} "
            f"WHERE NOT s.bad AND (t.id IS NULL{self.differences()}){self.speakers()}",
        )

    def differences(self) -> str:
        keys = {self.target.field_of(name).column for name in self.target.key}
        return "".join(
            f" OR {self.area.differ(f't.{column}', expression)}"
            for column, expression in self.values.items()
            if column not in keys
        )

    def speakers(self) -> str:
        """Of several rows about one record (which say the same) the first one speaks."""
        if not self.target.shared:
            return ""
        keys = ", ".join(self.target.key)
        return (
            f" AND s.line IN (SELECT MIN(line) FROM {self.staged.spec.stage} WHERE NOT bad GROUP BY {keys})"
        )

    def old_values(self) -> dict[str, str]:
        """What the book said before, where something follows from the change."""
        names = {f.name: f.column for f in self.target.model._meta.concrete_fields}
        watched = (
            {"delivered_regime", "delivered_class", "disbursed_on"} if self.target.model is Loan else set()
        )
        if "loan" in names and "loan_no" not in self.target.key:
            watched.add("loan")
        return {f"old_{names[name]}": f"t.{names[name]}" for name in sorted(watched)}

    def write(self, *, joined: str = "", extra: dict[str, str] | None = None) -> None:
        """Change the rows that differ and insert the new ones.

        ``extra`` are further columns to set, over the delta ``d`` and what ``joined`` joins to it.
        """
        stamp = {"updated_at": self.area.instant(self.moment.now)} if self.has_field("updated_at") else {}
        said = {column: f"d.{column}" for column in self.values}
        self._update({**said, **stamp, **(extra or {})}, joined)
        first = {column: f"d.{column}" for column in self.initial}
        self._insert({**self.defaults(), **said, **first, **stamp, **(extra or {})}, joined)

    def _update(self, columns: dict[str, str], joined: str) -> None:
        table = self.target.table
        listed = ", ".join(f"{column} = {expression}" for column, expression in columns.items())
        self.area.execute(
            f"UPDATE {table} SET {listed} FROM {self.delta} d {joined} WHERE {table}.id = d.target_id"
        )

    def _insert(self, columns: dict[str, str], joined: str) -> None:
        self.area.execute(
            f"INSERT INTO {self.target.table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} "
            f"FROM {self.delta} d {joined} WHERE d.target_id IS NULL"
        )

    def defaults(self) -> dict[str, str]:
        """Constants for the fields of a new row that nobody speaks about."""
        return {
            str(field.column): self.area.literal(field.get_default())
            for field in self.target.model._meta.concrete_fields
            if not field.primary_key
        }

    def has_field(self, name: str) -> bool:
        return any(field.name == name for field in self.target.model._meta.concrete_fields)

    def counts(self) -> tuple[int, int]:
        """How many rows are new, and how many changed."""
        new, all_rows = self.area.rows(f"SELECT COUNT(*) - COUNT(target_id), COUNT(*) FROM {self.delta}")[0]
        return int(new), int(all_rows) - int(new)


# --- what follows from a row ----------------------------------------------------------------------
def _loan_end(merge: Merge) -> dict[str, str]:
    """Since when the balance is 0, and from when nothing is owed."""
    day = merge.area.date(merge.moment.day)
    zero = f"CASE WHEN {merge.value('balance')} = 0 THEN COALESCE(t.zero_balance_since, {day}) END"
    end = ended_on(merge.area, merge.value("settled_on"), merge.value("written_off_on"), zero)
    return {"zero_balance_since": zero, "ended_on": end}


def _new_loan(merge: Merge) -> dict[str, str]:
    """In force until the daily run knows better. Of the schedule nothing due is taken to be unpaid; where
    the repayments say otherwise, it is put right when they are known."""
    return {
        "oldest_unpaid_due_on": "f.due_on",
        "first_seen_on": merge.area.date(merge.moment.day),
        "regime": merge.value("regime"),
        "approved_class": merge.value("classification"),
        "classification": merge.value("classification"),
    }


def _guarantee_end(merge: Merge) -> dict[str, str]:
    """The agreed end, else six months from the principal's due date; never later than it was before."""
    agreed = merge.value("period_ends_on")
    return {
        "expires_on": f"CASE WHEN {agreed} IS NOT NULL THEN {agreed} "
        "WHEN t.period_ends_on IS NULL AND t.expires_on < g.ends_on THEN t.expires_on ELSE g.ends_on END"
    }


def _history_source(merge: Merge) -> dict[str, str]:
    return {"source": merge.area.text(FactSource.HISTORY_FILE)}


def _no_password(merge: Merge) -> dict[str, str]:
    """Nobody logs in as an imported user until a password is set."""
    return {"password": merge.area.text(make_password(None))}


Derive = Callable[[Merge], dict[str, str]]
DERIVED: dict[Model, Derive] = {
    Loan: _loan_end,
    Guarantee: _guarantee_end,
    LoanRegime: _history_source,
    LoanClassification: _history_source,
}
INITIAL: dict[Model, Derive] = {Loan: _new_loan, User: _no_password}
JOINS: dict[Model, tuple[str, ...]] = {
    Loan: (f"LEFT JOIN {NEXT_DUES} f ON f.loan_no = s.loan_no",),
    Guarantee: (f"LEFT JOIN {PERIODS} g ON g.base_on = {BASE.format('r_loan_no')}",),
}
