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
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from core.errors import ApplicationError
from core.periods import add_months, month_end
from loans.enums import DeliveryState
from loans.models import Delivery, Loan
from org.models import Branch, User
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
    delivered_to: dt.date | None = None
    """The newest delivery that a frozen month knows; a running one is asked for with ``delivered_to``."""

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
    def next_month(self) -> tuple[dt.date, dt.date]:
        return next_month(self.closed)


def closed_months() -> list[PortfolioMonth]:
    """Newest first; a few years are a few dozen rows."""
    return list(PortfolioMonth.objects.all()[:120])


def running_month(closed: dt.date, months: Iterable[PortfolioMonth]) -> Month:
    """The month of the last closed day, with the figures of now."""
    first = closed.replace(day=1)
    since = first - ONE_DAY
    known = any(row.month_end == since for row in months)
    return Month(first, closed, frozen=False, previous_end=since if known else None)


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
    return running_month(closed, months)


def delivered_to(month: Month) -> dt.date | None:
    """The newest complete delivery that a month's figures know, no later than its last day."""
    if month.frozen:
        return month.delivered_to
    applied = Delivery.objects.filter(state__in=[DeliveryState.APPLIED, DeliveryState.PARTIAL], complete=True)
    newest: dt.date | None = applied.aggregate(newest=Max("business_date"))["newest"]
    return min(newest, month.closed) if newest else None


# --- sums -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Unit:
    """A branch with those below it; ``inside`` None means the whole bank, which needs no filter."""

    branch: Branch
    children: tuple[Branch, ...]
    below: tuple[Branch, ...]

    @classmethod
    def within(cls, branch: Branch, tree: Iterable[Branch]) -> "Unit":
        """``tree`` holds at least everything below the branch."""
        below = tuple(row for row in tree if row.path.startswith(branch.path))
        return cls(branch, tuple(row for row in below if row.parent_id == branch.pk), below)

    @property
    def inside(self) -> list[int] | None:
        return None if self.branch.parent_id is None else [row.pk for row in self.below]

    @property
    def summed(self) -> list[int]:
        """The branches whose sums are read: itself and those directly below."""
        return [self.branch.pk, *(child.pk for child in self.children)]

    def q(self, lookup: str = "branch") -> Q:
        inside = self.inside
        return Q() if inside is None else Q(**{f"{lookup}__in": inside})


def figures(month: Month, unit: Unit, dimensions: Sequence[str]) -> list[Figure]:
    """The sums of a branch and of those directly below it by some dimensions; one query."""
    if month.frozen:
        rows = PortfolioFigure.objects.filter(
            month_end=month.closed, branch__in=unit.summed, dimension__in=dimensions
        ).values_list(*COLUMNS)
        return [_figure(row) for row in rows]
    key = ":".join(
        map(str, ("figures", month.closed, month.previous_end, unit.branch.pk, *sorted(dimensions)))
    )
    found = cache.get(key)
    if found is None:
        found = _live_figures(month, unit, tuple(dimensions))
        cache.set(key, found, LIVE_SECONDS)
    return [Figure(*row) for row in found]


def _figure(row: Sequence[Any]) -> Figure:
    return Figure(**dict(zip(COLUMNS, row, strict=True)))


def _live_figures(month: Month, unit: Unit, dimensions: tuple[str, ...]) -> list[tuple[Any, ...]]:
    scope = unit.q() if unit.inside is None else unit.q() | unit.q("before__branch")
    wanted = {name: columns(month.closed, month.since)[name] for name in POSITION_NAMES}
    if Dimension.GUARANTEE not in dimensions:
        wanted["guarantee"] = F("currency")  # three look-ups a loan are spared
    rows = positions(month.closed, month.previous_end).filter(scope)
    aliased = {f"x_{name}": value for name, value in wanted.items()}
    query = rows.annotate(**aliased).values_list(*aliased).query
    sql, params = query.get_compiler(using=connection.alias).as_sql()
    names = [f"{name}_id" if name in ("branch", "prev_branch") else name for name in POSITION_NAMES]
    statement = live_statement(sql, names, dimensions, len(unit.summed))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, *unit.summed, *month.next_month])
        return [_live_row(row) for row in cursor.fetchall()]


def _live_row(row: Sequence[Any]) -> tuple[Any, ...]:
    """Amounts as exact decimals in the order of ``Figure``'s fields; SQLite gives floats."""
    values = dict(zip(COLUMNS, row, strict=True))
    for name in SUMS[1:]:
        values[name] = Decimal(str(values[name] or 0)).quantize(CENT)
    return tuple(values[name] for name in FIGURE_FIELDS)


@dataclass(frozen=True)
class TrendPoint:
    """A closed month's figures."""

    month_end: dt.date
    figures: list[Figure]


def trend(unit: Unit, until: dt.date) -> list[TrendPoint]:
    """The closed months before ``until``, oldest first, at most thirteen; one query."""
    first = add_months(month_end(until), -TREND_MONTHS)
    rows = (
        PortfolioFigure.objects.filter(
            branch=unit.branch, dimension=Dimension.ALL, month_end__gt=first, month_end__lt=until
        )
        .exclude(classification="")
        .order_by("month_end")
        .values_list("month_end", "classification", "bucket")
        .annotate(n=Sum("loans"), held=Sum("balance"), principal=Sum("overdue_principal"))
    )
    points: dict[dt.date, list[Figure]] = {}
    for end, code, late, loans, held, principal in rows:
        points.setdefault(end, []).append(_closing(unit.branch.pk, code, late, loans, held, principal))
    return [TrendPoint(end, found) for end, found in points.items()]


def _closing(unit: int, code: str, late: str, loans: int, held: Decimal, principal: Decimal) -> Figure:
    zero = Decimal("0.00")
    amounts = (held.quantize(CENT), zero, zero, principal.quantize(CENT), *[zero] * 8)
    return Figure(unit, Dimension.ALL, "", "", code, "", late, loans, *amounts)


# --- borrowers ------------------------------------------------------------------------------------
def loan_rows(month: Month, unit: Unit) -> QuerySet[Any]:
    """The loans of a month with the names ``classification``, ``balance``, ``late`` (the bucket), ``who``
    and ``name`` (of the borrower), from the frozen rows or from the loans of now."""
    if month.frozen:
        kept = LoanSnapshot.objects.filter(unit.q(), month_end=month.closed, classification__gt="")
        return kept.order_by().annotate(
            late=F("bucket"), who=F("borrower_no"), name=F("loan__borrower__name")
        )
    on_book = Q(ended_on__isnull=True) | Q(ended_on__gt=month.closed)
    now = Loan.objects.filter(unit.q(), on_book, currency=CURRENCY, disbursed_on__lte=month.closed)
    return now.order_by().annotate(
        late=bucket(month.closed), who=F("borrower__borrower_no"), name=F("borrower__name")
    )


def frozen_loans(month: Month, unit: Unit) -> QuerySet[LoanSnapshot]:
    """The rows of a closed month with the names that a reader needs (they are today's)."""
    officer = User.objects.filter(employee_no=OuterRef("officer_no")).values("name")[:1]
    rows = LoanSnapshot.objects.filter(unit.q(), month_end=month.closed, classification__gt="")
    return rows.select_related("branch").annotate(
        borrower_name=F("loan__borrower__name"), officer_name=Subquery(officer)
    )


def largest_borrowers(rows: QuerySet[Any], limit: int = 10) -> list[dict[str, Any]]:
    """Who holds most of these loans."""
    found = (
        rows.values("who", "name")
        .annotate(n=Count("pk"), held=Sum("balance"))
        .order_by("-held", "who")[:limit]
    )
    return list(found)


# --- duties ---------------------------------------------------------------------------------------
def timeliness_rows(month: Month, unit: Unit) -> list[tuple[int, str, str, Timeliness]]:
    """Branch, code and owner with what became of their duties of the month; one query."""
    if month.frozen:
        kept = TimelinessFigure.objects.filter(unit.q(), month_end=month.closed)
        rows = list(
            kept.values_list("branch", "code", "owner_no", "due", "on_time", "late", "still_open", "excused")
        )
        return [(b, code, owner, Timeliness("", "", *counts)) for b, code, owner, *counts in rows]
    key = f"timeliness:{month.closed}:{unit.branch.pk}"
    found = cache.get(key)
    if found is None:
        found = [_live_timeliness(row) for row in timeliness(month.first, month.closed).filter(unit.q())]
        cache.set(key, found, LIVE_SECONDS)
    return found


def _live_timeliness(row: Mapping[str, Any]) -> tuple[int, str, str, Timeliness]:
    done, late, excused = row["n_on_time"], row["n_late"], row["n_excused"]
    counts = (row["n_due"], done, late, row["n_due"] - done - late - excused, excused)
    return row["branch"], row["code"], row["owner__employee_no"] or "", Timeliness("", "", *counts)
