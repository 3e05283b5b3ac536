"""The figures of a branch for one month: the frozen ones, or for the running month those of now.

A frozen month is a handful of indexed rows. Live figures cost a pass over the branch's loans, so they are
kept for a minute.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from core.errors import ApplicationError
from core.periods import add_months, month_end
from loans.enums import DeliveryState
from loans.models import Delivery, Loan
from org.models import Branch
from reports.enums import Dimension
from reports.models import LoanSnapshot, PortfolioFigure, PortfolioMonth, TimelinessFigure
from reports.rules.dates import next_month
from reports.rules.summary import FIGURE_FIELDS, Figure, Timeliness
from reports.selectors.positions import CURRENCY, bucket, columns, positions, timeliness
from reports.sql import COLUMNS, SUMS, live_statement

ONE_DAY = dt.timedelta(days=1)
LIVE_SECONDS = 60
TREND_MONTHS = 13
CENT = Decimal("0.01")
POSITION_NAMES = (
    "branch",
    "prev_branch",
    "officer_no",
    "product",
    "industry",
    "guarantee",
    "classification",
    "prev_class",
    "bucket",
    "prev_bucket",
    "balance",
    "prev_balance",
    "overdue_principal",
    "decrease",
    "written_off",
    "disposed",
    "matures_on",
)


@dataclass(frozen=True)
class Month:
    """The month that is reported: ``closed`` is the day whose close its figures are as of."""

    first: dt.date
    closed: dt.date
    frozen: bool
    previous_end: dt.date | None
    delivered_to: dt.date | None

    @property
    def key(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def since(self) -> dt.date:
        return self.first - ONE_DAY

    @property
    def compared(self) -> bool:
        """Whether there is a month's start to compare with."""
        return self.previous_end is not None

    @property
    def behind(self) -> bool:
        """Whether the delivery of its last day was missing when the figures were drawn."""
        return self.delivered_to is None or self.delivered_to < self.closed

    @property
    def next_month(self) -> tuple[dt.date, dt.date]:
        return next_month(self.closed)


def closed_months() -> list[PortfolioMonth]:
    """Newest first; a few years are a few dozen rows."""
    return list(PortfolioMonth.objects.all()[:120])


def running_month(closed: dt.date, delivered_to: dt.date | None, months: Iterable[PortfolioMonth]) -> Month:
    """The month of the last closed day, with the figures of now."""
    first = closed.replace(day=1)
    since = first - ONE_DAY
    known = any(row.month_end == since for row in months)
    return Month(
        first, closed, frozen=False, previous_end=since if known else None, delivered_to=delivered_to
    )


def frozen_month(row: PortfolioMonth) -> Month:
    return Month(row.month_end.replace(day=1), row.month_end, True, row.previous_end, row.delivered_to)


def chosen_month(key: str, closed: dt.date, months: Sequence[PortfolioMonth]) -> Month:
    """The month asked for as ``2026-05`` (empty: the running one).

    ApplicationError("month_not_closed", 404) for a month that was not closed here and is not running. When
    the last closed day is a month's end, its frozen figures are those of now.
    """
    running = f"{closed:%Y-%m}"
    for row in months:
        if f"{row.month_end:%Y-%m}" == (key or running):
            return frozen_month(row)
    if key not in ("", running):
        raise ApplicationError(
            "month_not_closed", _("%(month)s was not closed here.") % {"month": key}, status=404
        )
    return running_month(closed, _delivered_to(closed), months)


def _delivered_to(closed: dt.date) -> dt.date | None:
    """The newest complete delivery, no later than the day."""
    applied = Delivery.objects.filter(state__in=[DeliveryState.APPLIED, DeliveryState.PARTIAL], complete=True)
    newest: dt.date | None = applied.aggregate(newest=Max("business_date"))["newest"]
    return min(newest, closed) if newest else None


# --- sums -----------------------------------------------------------------------------------------
def figures(month: Month, units: Sequence[int], dimensions: Sequence[str]) -> list[Figure]:
    """The sums of some branches (each with everything below it) by some dimensions; one query."""
    if month.frozen:
        rows = PortfolioFigure.objects.filter(
            month_end=month.closed, branch__in=units, dimension__in=dimensions
        ).values_list(*COLUMNS)
        return [_figure(row) for row in rows]
    key = ":".join(
        map(str, ("figures", month.closed, month.delivered_to, *sorted(units), *sorted(dimensions)))
    )
    found = cache.get(key)
    if found is None:
        found = _live_figures(month, units, tuple(dimensions))
        cache.set(key, found, LIVE_SECONDS)
    return [Figure(*row) for row in found]


def _figure(row: Sequence[Any]) -> Figure:
    return Figure(**dict(zip(COLUMNS, row, strict=True)))


def _live_figures(month: Month, units: Sequence[int], dimensions: tuple[str, ...]) -> list[tuple[Any, ...]]:
    inside = _below(units)
    scope = Q(branch__in=inside) | Q(before__branch__in=inside)
    wanted = {name: columns(month.closed, month.since)[name] for name in POSITION_NAMES}
    if Dimension.GUARANTEE not in dimensions:
        wanted["guarantee"] = F("currency")  # three look-ups a loan are spared
    rows = positions(month.closed, month.previous_end).filter(scope)
    aliased = {f"x_{name}": value for name, value in wanted.items()}
    query = rows.annotate(**aliased).values_list(*aliased).query
    sql, params = query.get_compiler(using=connection.alias).as_sql()
    names = [f"{name}_id" if name in ("branch", "prev_branch") else name for name in POSITION_NAMES]
    statement = live_statement(sql, names, dimensions, len(units))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, *units, *month.next_month])
        return [_live_row(row) for row in cursor.fetchall()]


def _live_row(row: Sequence[Any]) -> tuple[Any, ...]:
    """Amounts as exact decimals in the order of ``Figure``'s fields; SQLite gives floats."""
    values = dict(zip(COLUMNS, row, strict=True))
    for name in SUMS[1:]:
        values[name] = Decimal(str(values[name] or 0)).quantize(CENT)
    return tuple(values[name] for name in FIGURE_FIELDS)


def _below(units: Sequence[int]) -> QuerySet[Any, Any]:
    """Ids of the branches and of everything below them."""
    above = Branch.objects.filter(pk__in=units)
    condition = Q(pk__in=[])
    for path in above.values_list("path", flat=True):
        condition |= Q(path__startswith=path)
    return Branch.objects.filter(condition).order_by().values("pk")


@dataclass(frozen=True)
class TrendPoint:
    """A closed month's figures."""

    month_end: dt.date
    figures: list[Figure]


def trend(unit: int, until: dt.date) -> list[TrendPoint]:
    """The closed months before ``until``, oldest first, at most thirteen; one query."""
    first = add_months(month_end(until), -TREND_MONTHS)
    rows = (
        PortfolioFigure.objects.filter(
            branch=unit, dimension=Dimension.ALL, month_end__gt=first, month_end__lt=until
        )
        .exclude(classification="")
        .order_by("month_end")
        .values_list("month_end", "classification", "bucket")
        .annotate(n=Sum("loans"), held=Sum("balance"), principal=Sum("overdue_principal"))
    )
    points: dict[dt.date, list[Figure]] = {}
    for end, code, late, loans, held, principal in rows:
        points.setdefault(end, []).append(_closing(unit, code, late, loans, held, principal))
    return [TrendPoint(end, found) for end, found in points.items()]


def _closing(unit: int, code: str, late: str, loans: int, held: Decimal, principal: Decimal) -> Figure:
    zero = Decimal("0.00")
    amounts = (held.quantize(CENT), zero, zero, principal.quantize(CENT), *[zero] * 8)
    return Figure(unit, Dimension.ALL, "", "", code, "", late, loans, *amounts)


# --- borrowers ------------------------------------------------------------------------------------
def loan_rows(month: Month, unit: Branch) -> QuerySet[Any]:
    """The loans of a month with the names ``classification``, ``bucket``, ``balance``, ``borrower_no``,
    ``late`` and ``principal``, from the frozen rows or from the loans of now."""
    below = Branch.objects.subtree_of(unit).order_by().values("pk")
    everything = unit.parent_id is None
    scope = Q() if everything else Q(branch__in=below)
    if month.frozen:
        kept = LoanSnapshot.objects.filter(scope, month_end=month.closed, classification__gt="")
        return kept.order_by().annotate(late=F("bucket"), who=F("borrower_no"))
    on_book = Q(ended_on__isnull=True) | Q(ended_on__gt=month.closed)
    now = Loan.objects.filter(scope, on_book, currency=CURRENCY, disbursed_on__lte=month.closed)
    return now.order_by().annotate(late=bucket(month.closed), who=F("borrower__borrower_no"))


def largest_borrowers(rows: QuerySet[Any], limit: int = 10) -> list[dict[str, Any]]:
    """Who holds most of these loans."""
    found = rows.values("who").annotate(n=Count("pk"), held=Sum("balance")).order_by("-held", "who")[:limit]
    return list(found)


# --- duties ---------------------------------------------------------------------------------------
def timeliness_rows(month: Month, unit: Branch) -> list[tuple[int, str, str, Timeliness]]:
    """Branch, code and owner with what became of their duties of the month; one query."""
    below = Branch.objects.subtree_of(unit).order_by().values("pk")
    if month.frozen:
        kept = TimelinessFigure.objects.filter(month_end=month.closed, branch__in=below)
        rows = list(
            kept.values_list("branch", "code", "owner_no", "due", "on_time", "late", "still_open", "excused")
        )
        return [(b, code, owner, Timeliness("", "", *counts)) for b, code, owner, *counts in rows]
    key = f"timeliness:{month.closed}:{unit.pk}"
    found = cache.get(key)
    if found is None:
        found = [
            _live_timeliness(row) for row in timeliness(month.first, month.closed).filter(branch__in=below)
        ]
        cache.set(key, found, LIVE_SECONDS)
    return found


def _live_timeliness(row: Mapping[str, Any]) -> tuple[int, str, str, Timeliness]:
    done, late, excused = row["n_on_time"], row["n_late"], row["n_excused"]
    counts = (row["n_due"], done, late, row["n_due"] - done - late - excused, excused)
    return row["branch"], row["code"], row["owner__employee_no"] or "", Timeliness("", "", *counts)
