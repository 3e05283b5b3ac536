"""The monthly asset-quality report of one branch: every table of rule 4.14, asked for when it is read."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import ApplicationError
from core.selectors import readings, work_day
from duties import handbook
from loans.enums import NON_PERFORMING, Classification, GuaranteeType
from org.models import Branch, User
from org.selectors import head_office
from reports.enums import Dimension
from reports.rules import ReportReadings, migration_matrix, migration_rates, percent
from reports.rules import summary as rules
from reports.rules.summary import LATE_BUCKETS, Figure, Quality, Slice, Timeliness
from reports.selectors import figures as sums
from reports.selectors.figures import CENT, Month, Unit

TOP = 10
PEOPLE = 20
NPL, MENTION, OVERDUE = "npl", "special_mention", "overdue"
ALL_DIMENSIONS = tuple(Dimension.values)


@dataclass(frozen=True)
class Holder:
    """One of the largest borrowers of a list, with the part of the whole list that is theirs."""

    borrower_no: str
    name: str
    loans: int
    balance: Decimal
    share: Decimal | None


@dataclass(frozen=True)
class Point:
    """One month of the trend."""

    key: str
    quality: Quality
    frozen: bool = True


class Summary:
    """The tables of one branch (with everything below it) and one month; each is read at first use."""

    def __init__(
        self,
        scope: Unit,
        month: Month,
        readings: ReportReadings,
        dimensions: Sequence[str] = ALL_DIMENSIONS,
    ) -> None:
        self.scope, self.month, self.readings, self.dimensions = scope, month, readings, dimensions

    @property
    def unit(self) -> Branch:
        return self.scope.branch

    @cached_property
    def delivered_to(self) -> dt.date | None:
        """The newest delivery that the figures know."""
        return sums.delivered_to(self.month)

    @property
    def behind(self) -> bool:
        """Whether the delivery of the last day was missing when the figures were drawn."""
        return self.delivered_to is None or self.delivered_to < self.month.closed

    # --- what everything is built from ------------------------------------------------------------
    @cached_property
    def _all(self) -> list[Figure]:
        return sums.figures(self.month, self.scope, self.dimensions)

    def _of(self, dimension: str) -> list[Figure]:
        return [f for f in self._all if f.branch_id == self.unit.pk and f.dimension == dimension]

    @cached_property
    def base(self) -> list[Figure]:
        return self._of(Dimension.ALL)

    # --- the tables -------------------------------------------------------------------------------
    @cached_property
    def quality(self) -> Quality:
        return rules.quality(self.base, self.readings)

    @cached_property
    def opening(self) -> rules.Opening | None:
        """The month's start; None when the month before was not closed here."""
        return rules.opening(self.base) if self.month.compared else None

    @cached_property
    def year_start(self) -> Mapping[str, Decimal] | None:
        """The classes at the end of last year, if that was closed here."""
        wanted = self.month.first.replace(month=1, day=1) - dt.timedelta(days=1)
        for point in self._history:
            if point.month_end == wanted:
                by_class: dict[str, Decimal] = defaultdict(lambda: Decimal("0.00"))
                for figure in point.figures:
                    by_class[figure.classification] += figure.balance
                return dict(by_class)
        return None

    @cached_property
    def classes(self) -> list[rules.ClassRow]:
        return rules.composition(self.base, self.opening.by_class if self.opening else None, self.year_start)

    @cached_property
    def bridge(self) -> rules.Bridge | None:
        return rules.bridge(self.base) if self.month.compared else None

    @cached_property
    def buckets(self) -> list[rules.BucketRow]:
        return rules.buckets(self.base)

    @cached_property
    def matrix(self) -> Mapping[str, Mapping[str, Decimal]] | None:
        if not self.month.compared:
            return None
        return migration_matrix(rules.flows(self.base), self.readings)

    @cached_property
    def rates(self) -> Mapping[str, Decimal | None]:
        return migration_rates(rules.flows(self.base), self.readings) if self.month.compared else {}

    @cached_property
    def due(self) -> Quality:
        """What falls due in the month after."""
        return rules.quality(self._of(Dimension.DUE), self.readings)

    @cached_property
    def due_classes(self) -> list[rules.ClassRow]:
        return rules.composition(self._of(Dimension.DUE), None, None)

    @cached_property
    def provisions(self) -> list[rules.ProvisionRow]:
        return rules.provisions(self.classes)

    @property
    def general_provision(self) -> Decimal:
        return rules.general_provision(self.quality.balance)

    @property
    def specific_provision(self) -> Decimal:
        return rules.total(row.amount for row in self.provisions)

    @property
    def reference_to_npl(self) -> Decimal | None:
        return percent(self.general_provision + self.specific_provision, self.quality.npl)

    # --- by dimension -----------------------------------------------------------------------------
    @cached_property
    def branches(self) -> list[Slice]:
        """The branches directly below."""
        names = {str(child.pk): child.name for child in self.scope.children}
        own = [f for f in self._all if f.branch_id != self.unit.pk and f.dimension == Dimension.ALL]
        return self._slices(own, lambda f: str(f.branch_id), names)

    @cached_property
    def branch_numbers(self) -> dict[str, str]:
        return {str(child.pk): child.branch_no for child in self.scope.children}

    def by(self, dimension: str) -> list[Slice]:
        """The values of a dimension, the worst first."""
        own = self._of(dimension)
        return self._slices(own, lambda f: f.value, self._labels(dimension, own))

    def _slices(
        self, own: list[Figure], key: Callable[[Figure], str], labels: Mapping[str, str]
    ) -> list[Slice]:
        return rules.slices(own, self.quality, self.readings, key, {"": _("not given"), **labels})

    def _labels(self, dimension: str, own: list[Figure]) -> Mapping[str, str]:
        if dimension == Dimension.GUARANTEE:
            return {code: str(label) for code, label in GuaranteeType.choices}
        if dimension == Dimension.OFFICER:
            return people({f.value for f in own})
        return {}

    @cached_property
    def industries(self) -> list[Slice]:
        """Industries with bad loans: their weight in what is non-performing and overdue."""
        return [row for row in self.by(Dimension.INDUSTRY) if row.quality.npl or row.quality.overdue]

    # --- borrowers --------------------------------------------------------------------------------
    @cached_property
    def holders(self) -> dict[str, list[Holder]]:
        """The ten largest of non-performing, special mention and overdue; three queries."""
        rows: QuerySet[Any] = sums.loan_rows(self.month, self.scope)
        found = {
            NPL: sums.largest_borrowers(rows.filter(classification__in=NON_PERFORMING), TOP),
            MENTION: sums.largest_borrowers(rows.filter(classification=Classification.SPECIAL_MENTION), TOP),
            OVERDUE: sums.largest_borrowers(rows.filter(late__in=LATE_BUCKETS), TOP),
        }
        whole_overdue = rules.total(row.balance for row in self.buckets if row.bucket in LATE_BUCKETS)
        wholes = {NPL: self.quality.npl, MENTION: self.quality.special_mention, OVERDUE: whole_overdue}
        return {kind: [_holder(row, wholes[kind]) for row in rows] for kind, rows in found.items()}

    # --- duties -----------------------------------------------------------------------------------
    @cached_property
    def _timeliness(self) -> list[tuple[int, str, str, Timeliness]]:
        return sums.timeliness_rows(self.month, self.scope)

    @cached_property
    def duties(self) -> Timeliness:
        return rules.add_up(row for *_keys, row in self._timeliness)

    @cached_property
    def duties_by_code(self) -> list[Timeliness]:
        groups = _grouped((code, row) for _b, code, _o, row in self._timeliness)
        rows = [rules.add_up(found, code, handbook.title(code)) for code, found in groups.items()]
        return sorted(rows, key=lambda row: (-row.due, row.key))

    @cached_property
    def duties_by_person(self) -> list[Timeliness]:
        """Who has most late and open ones."""
        groups = _grouped((owner, row) for _b, _c, owner, row in self._timeliness)
        counted = [rules.add_up(found, owner) for owner, found in groups.items()]
        worst = sorted(counted, key=lambda row: (-(row.late + row.still_open), row.key))[:PEOPLE]
        names = people({row.key for row in worst})
        return [rules.add_up([row], row.key, names.get(row.key, row.key or "–")) for row in worst]

    @cached_property
    def duties_by_branch(self) -> list[Timeliness]:
        paths = {branch.pk: branch.path for branch in self.scope.below}
        below = [(child.path, child) for child in self.scope.children]
        groups = _grouped(
            (_child(paths.get(b, ""), below, self.unit), row) for b, _c, _o, row in self._timeliness
        )
        rows = [rules.add_up(found, branch.branch_no, branch.name) for branch, found in groups.items()]
        return sorted(rows, key=lambda row: row.key)

    # --- over time --------------------------------------------------------------------------------
    @cached_property
    def _history(self) -> list[sums.TrendPoint]:
        return sums.trend(self.scope, self.month.closed)

    @cached_property
    def trend(self) -> list[Point]:
        """The closed months of the last year and this one."""
        past = [
            Point(f"{point.month_end:%Y-%m}", rules.quality(point.figures, self.readings))
            for point in self._history[-11:]
        ]
        return [*past, Point(self.month.key, self.quality, self.month.frozen)]


def people(numbers: set[str]) -> dict[str, str]:
    """Names by employee number; no query for none."""
    wanted = {number for number in numbers if number}
    if not wanted:
        return {}
    return dict(User.objects.filter(employee_no__in=wanted).values_list("employee_no", "name"))


def _holder(row: Mapping[str, Any], whole: Decimal) -> Holder:
    balance = Decimal(row["held"]).quantize(CENT)
    return Holder(row["who"], row["name"] or row["who"], row["n"], balance, percent(balance, whole))


def _grouped(rows: Any) -> dict[Any, list[Timeliness]]:
    groups: dict[Any, list[Timeliness]] = defaultdict(list)
    for key, row in rows:
        groups[key].append(row)
    return groups


def _child(path: str, below: list[tuple[str, Branch]], unit: Branch) -> Branch:
    """The branch directly below in which a path lies; the branch itself for its own duties."""
    return next((child for start, child in below if path.startswith(start)), unit)


def summary_for(branch_no: str, month_key: str = "", dimensions: Sequence[str] = ALL_DIMENSIONS) -> Summary:
    """The summary of a branch (empty: head office) for a closed month or the running one (empty: running).

    ApplicationError: no such branch, a month that was not closed here.
    """
    unit = Branch.objects.filter(branch_no=branch_no).first() if branch_no else head_office()
    if unit is None:
        raise ApplicationError(
            "no_branch", _("There is no branch %(no)s.") % {"no": branch_no or "–"}, status=404
        )
    month = sums.chosen_month(month_key, work_day().closed, sums.closed_months())
    scope = Unit.within(unit, Branch.objects.subtree_of(unit))
    return Summary(scope, month, readings(ReportReadings, month.closed), dimensions)
