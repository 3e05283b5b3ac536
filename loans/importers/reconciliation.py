"""The book against control figures, to the cent: counts, sums, active loans by bucket and by class."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from core.errors import ApplicationError
from core.staging import Staging, cents
from loans.rules import bucket, days_past_due, minimum_class, worst_class
from loans.selectors import floor_steps

Figures = dict[str, Decimal]
# Of these the control file lists every kind: one that it leaves out is 0. Elsewhere it is not compared.
EXHAUSTIVE = {"loans_by_status", "active_by_bucket", "active_by_class"}


@dataclass(frozen=True)
class Reconciliation:
    """How many figures were compared, and those that differ as (figure, control, book)."""

    as_of: dt.date
    compared: int
    differences: list[list[str]] = field(default_factory=list)


def reconcile(control: Mapping[str, Any], as_of: dt.date | None = None) -> Reconciliation:
    """Compare the book with control figures (form: ``deliveries/*.control.json``).

    Dated facts count up to ``as_of`` (default: the figures' own ``data_date``); balances are those of the
    newest delivery. A number in the control file that the book cannot give is a difference, too.
    """
    day = as_of or _control_date(control)
    wanted = dict(_flatten(control))
    if not wanted:
        raise ApplicationError("no_figures", _("The control file holds no figures."))
    book = book_figures(day)
    groups = {_group(name) for name in wanted} & EXHAUSTIVE
    compared = sorted(set(wanted) | {name for name in book if _group(name) in groups})
    pairs = [(name, _said(wanted, name), _said(book, name)) for name in compared]
    differences = [[name, _shown(said), _shown(has)] for name, said, has in pairs if said != has]
    return Reconciliation(day, len(compared), differences)


def _group(name: str) -> str:
    return name.partition(".")[0]


def _said(figures: Mapping[str, Decimal], name: str) -> Decimal | None:
    """The figure; a kind that an exhaustive list leaves out is 0, anything else is not known."""
    return figures.get(name, Decimal(0) if _group(name) in EXHAUSTIVE else None)


def _control_date(control: Mapping[str, Any]) -> dt.date:
    try:
        return dt.date.fromisoformat(control["data_date"])
    except (KeyError, TypeError, ValueError) as error:
        raise ApplicationError(
            "no_date", _("The control file has no data_date; give the date (--as-of YYYY-MM-DD).")
        ) from error


def _flatten(control: Any, above: str = "") -> Iterator[tuple[str, Decimal]]:
    """Every number of the control file under its dotted name; texts that are no numbers are left out."""
    if not isinstance(control, Mapping):
        raise ApplicationError("bad_control", _("The control file is not an object of figures."))
    for name, value in control.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{above}{name}.")
        elif isinstance(value, int | float | str) and not isinstance(value, bool):
            try:
                yield f"{above}{name}", Decimal(str(value))
            except InvalidOperation:
                continue


def _shown(figure: Decimal | None) -> str:
    return "?" if figure is None else f"{figure:,}"


# --- the book -------------------------------------------------------------------------------------
def book_figures(day: dt.date) -> Figures:
    """Every figure that the book can give for the close of ``day``, by dotted name."""
    area = Staging()
    on = area.date(day)
    return {
        **_counts(area, on),
        **_sums(area, on),
        **_statuses(area, on),
        **_active(area, day),
    }


def _counts(area: Staging, on: str) -> Figures:
    tables = {
        "borrowers": "loans_borrower",
        "loans": "loans_loan",
        "guarantors": "loans_guarantee",
        "collaterals": "loans_collateral",
        "repayment_schedule": "loans_instalment",
        "repayments": f"loans_repayment WHERE paid_on <= {on}",
    }
    return {
        f"rows.{name}": Decimal(area.value(f"SELECT COUNT(*) FROM {rows}")) for name, rows in tables.items()
    }


def _sums(area: Staging, on: str) -> Figures:
    sums = {
        "amount": ("principal", "loans_loan"),
        "balance": ("balance", "loans_loan"),
        "scheduled_principal": ("principal_due", "loans_instalment"),
        "repaid": ("amount", f"loans_repayment WHERE paid_on <= {on}"),
    }
    found = {
        name: _money(area.value(f"SELECT {_sum(column)} FROM {rows}"))
        for name, (column, rows) in sums.items()
    }
    return {**found, "repaid_principal": _repaid_principal(area, on)}


def _repaid_principal(area: Staging, on: str) -> Decimal:
    """Principal as the core system names it; unnamed money counts with what it settled."""
    named = area.value(f"SELECT {_sum('principal')} FROM loans_repayment WHERE paid_on <= {on}")
    unnamed = area.value(
        f"SELECT {_sum('i.principal_paid')} FROM loans_instalment i WHERE NOT EXISTS (SELECT 1 FROM "
        "loans_repayment r WHERE r.loan_id = i.loan_id AND r.principal IS NOT NULL)"
    )
    return _money(named) + _money(unnamed)


def _sum(column: str) -> str:
    return f"COALESCE(SUM({cents(column)}), 0)"


def _money(amount_in_cents: Any) -> Decimal:
    return (Decimal(int(amount_in_cents)) / 100).quantize(Decimal("0.01"))


def _ended(on: str, column: str) -> str:
    return f"({column} IS NOT NULL AND {column} <= {on})"


def _statuses(area: Staging, on: str) -> Figures:
    settled, written_off = _ended(on, "settled_on"), _ended(on, "written_off_on")
    rows = area.rows(
        f"SELECT CASE WHEN {written_off} THEN 'written_off' WHEN {settled} THEN 'settled' ELSE 'active' END "
        "AS status, COUNT(*) FROM loans_loan GROUP BY status"
    )
    return {f"loans_by_status.{status}": Decimal(count) for status, count in rows}


def _active(area: Staging, day: dt.date) -> Figures:
    """Loans neither settled nor written off: grouped by the database, judged by the rules."""
    steps = floor_steps(day)
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for delivered, due, technical, loans, balance in area.rows(_active_groups(area, day)):
        oldest = dt.date.fromisoformat(due) if isinstance(due, str) else due
        days = days_past_due(oldest, day)
        floor = minimum_class(days, steps, technical=bool(technical))
        for name in (
            f"active_by_bucket.{bucket(days)}",
            f"active_by_class.{worst_class([delivered, floor])}",
        ):
            found[f"{name}.loans"] += loans
            found[f"{name}.balance"] += _money(balance)
    return dict(found)


def _active_groups(area: Staging, day: dt.date) -> str:
    """Class of the day, oldest unpaid due date, technical, number of loans, balance in cents."""
    on = area.date(day)
    delivered = (
        "COALESCE((SELECT k.classification FROM loans_loanclassification k WHERE k.loan_id = l.id "
        f"AND k.effective_on <= {on} ORDER BY k.effective_on DESC LIMIT 1), l.delivered_class)"
    )
    oldest = (
        "(SELECT MIN(i.due_on) FROM loans_instalment i WHERE i.loan_id = l.id "
        f"AND i.due_on < {on} AND (i.paid_on IS NULL OR i.paid_on > {on}))"
    )
    return (
        "SELECT class, due, technical_overdue, COUNT(*), SUM(balance) FROM ("
        f"SELECT {delivered} AS class, {oldest} AS due, l.technical_overdue, {cents('l.balance')} AS balance "
        f"FROM loans_loan l WHERE NOT {_ended(on, 'l.settled_on')} "
        f"AND NOT {_ended(on, 'l.written_off_on')}) a "
        "GROUP BY class, due, technical_overdue"
    )
