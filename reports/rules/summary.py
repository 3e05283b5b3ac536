"""The tables of the monthly asset-quality report from sums (domain rules 4.14, 2.3).

Every function takes the figures of one branch with everything below it; amounts are CNY.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from loans.rules import BUCKETS, CLASSES, NON_PERFORMING, SPECIAL_MENTION, is_non_performing
from reports.rules.ratios import ZERO, Flow, ReportReadings, percent

LONG_OVERDUE = BUCKETS[4:]
"""Buckets over 90 days."""
LATE_BUCKETS = BUCKETS[1:]
GENERAL_PROVISION = Decimal("1.00")
PROVISION_RATES = dict(zip(CLASSES, map(Decimal, ("0", "2", "25", "50", "100")), strict=True))
"""Reference rates of 2.3: general on all loans, specific by class; never the ledger."""


@dataclass(frozen=True)
class Figure:
    """The sums of the loans that share both ends of a period (or one value of a dimension at its end)."""

    branch_id: int
    dimension: str
    value: str
    prev_class: str
    classification: str
    prev_bucket: str
    bucket: str
    loans: int
    balance: Decimal
    prev_balance: Decimal
    decrease: Decimal
    overdue_principal: Decimal
    npl_opening: Decimal
    npl_new: Decimal
    npl_recovered: Decimal
    npl_upgraded: Decimal
    npl_written_off: Decimal
    npl_disposed: Decimal
    npl_moved_in: Decimal
    npl_moved_out: Decimal

    @property
    def on_book(self) -> bool:
        return bool(self.classification)

    @property
    def non_performing(self) -> bool:
        return is_non_performing(self.classification or None)


FIGURE_FIELDS = tuple(field.name for field in fields(Figure))


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _sum(figures: Iterable[Figure], name: str, when: Callable[[Figure], bool]) -> Decimal:
    return total(getattr(f, name) for f in figures if when(f))


# --- the portfolio at one glance ------------------------------------------------------------------
@dataclass(frozen=True)
class Quality:
    """Size and badness of a portfolio; ratios in percent, None where there is nothing to divide by."""

    loans: int
    balance: Decimal
    npl: Decimal
    special_mention: Decimal
    overdue: Decimal
    long_overdue: Decimal

    @property
    def npl_ratio(self) -> Decimal | None:
        return percent(self.npl, self.balance)

    @property
    def mention_ratio(self) -> Decimal | None:
        return percent(self.special_mention, self.balance)

    @property
    def overdue_ratio(self) -> Decimal | None:
        return percent(self.overdue, self.balance)

    @property
    def long_overdue_to_npl(self) -> Decimal | None:
        """Over 90 days overdue against non-performing: at most 100 % under the floors of 2.1."""
        return percent(self.long_overdue, self.npl)


def overdue_name(readings: ReportReadings) -> str:
    """Which amount counts as overdue: of the whole loan, or of its overdue instalments."""
    return "balance" if readings.overdue_amount == "whole_loan" else "overdue_principal"


def quality(figures: Iterable[Figure], readings: ReportReadings) -> Quality:
    """Closing figures of a set."""
    rows = [f for f in figures if f.on_book]
    overdue = overdue_name(readings)
    return Quality(
        loans=sum(f.loans for f in rows),
        balance=_sum(rows, "balance", lambda f: True),
        npl=_sum(rows, "balance", lambda f: f.non_performing),
        special_mention=_sum(rows, "balance", lambda f: f.classification == SPECIAL_MENTION),
        overdue=_sum(rows, overdue, lambda f: f.bucket in LATE_BUCKETS),
        long_overdue=_sum(rows, overdue, lambda f: f.bucket in LONG_OVERDUE),
    )


@dataclass(frozen=True)
class Opening:
    """The classes at the last month's end."""

    by_class: Mapping[str, Decimal]

    @property
    def balance(self) -> Decimal:
        return total(self.by_class.values())

    @property
    def npl(self) -> Decimal:
        return total(self.by_class.get(code, ZERO) for code in NON_PERFORMING)

    @property
    def npl_ratio(self) -> Decimal | None:
        return percent(self.npl, self.balance)


def opening(figures: Iterable[Figure]) -> Opening:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for figure in figures:
        if figure.prev_class:
            sums[figure.prev_class] += figure.prev_balance
    return Opening(dict(sums))


# --- (1) five classes -----------------------------------------------------------------------------
@dataclass(frozen=True)
class ClassRow:
    """One class: what it holds, its share, and how it changed (None: nothing to compare with)."""

    code: str
    loans: int
    balance: Decimal
    share: Decimal | None
    since_month_start: Decimal | None
    since_year_start: Decimal | None


def composition(
    figures: Sequence[Figure],
    month_start: Mapping[str, Decimal] | None,
    year_start: Mapping[str, Decimal] | None,
) -> list[ClassRow]:
    whole = _sum(figures, "balance", lambda f: f.on_book)
    return [_class_row(code, figures, whole, month_start, year_start) for code in CLASSES]


def _class_row(
    code: str,
    figures: Sequence[Figure],
    whole: Decimal,
    month_start: Mapping[str, Decimal] | None,
    year_start: Mapping[str, Decimal] | None,
) -> ClassRow:
    held = [f for f in figures if f.classification == code]
    balance = total(f.balance for f in held)
    return ClassRow(
        code=code,
        loans=sum(f.loans for f in held),
        balance=balance,
        share=percent(balance, whole),
        since_month_start=_change(balance, code, month_start),
        since_year_start=_change(balance, code, year_start),
    )


def _change(balance: Decimal, code: str, before: Mapping[str, Decimal] | None) -> Decimal | None:
    return None if before is None else balance - before.get(code, ZERO)


# --- (2) the NPL bridge ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Bridge:
    """From the opening to the closing balance of non-performing loans; it balances to the cent."""

    opening: Decimal
    moved_in: Decimal
    new: Decimal
    recovered: Decimal
    upgraded: Decimal
    written_off: Decimal
    disposed: Decimal
    moved_out: Decimal
    closing: Decimal

    @property
    def computed(self) -> Decimal:
        """What the closing must be."""
        gained = self.opening + self.moved_in + self.new
        return gained - self.recovered - self.upgraded - self.written_off - self.disposed - self.moved_out

    @property
    def balances(self) -> bool:
        return self.computed == self.closing


def bridge(figures: Sequence[Figure]) -> Bridge:
    flows = {
        name: total(getattr(f, f"npl_{name}") for f in figures)
        for name in (
            "opening",
            "moved_in",
            "new",
            "recovered",
            "upgraded",
            "written_off",
            "disposed",
            "moved_out",
        )
    }
    return Bridge(**flows, closing=_sum(figures, "balance", lambda f: f.non_performing))


# --- (3) buckets and roll rates -------------------------------------------------------------------
@dataclass(frozen=True)
class BucketRow:
    """One bucket: what it holds, what it held, and how much of that rolled on to a later one."""

    bucket: str
    loans: int
    balance: Decimal
    share: Decimal | None
    overdue_principal: Decimal
    opening: Decimal
    rolled: Decimal
    cured: Decimal

    @property
    def roll_rate(self) -> Decimal | None:
        """Opening balance that is in a later bucket now; there is none after the last."""
        return None if self.bucket == BUCKETS[-1] else percent(self.rolled, self.opening)

    @property
    def cure_rate(self) -> Decimal | None:
        """Opening balance that is current again; what is current cannot be cured."""
        return None if self.bucket == BUCKETS[0] else percent(self.cured, self.opening)


def buckets(figures: Sequence[Figure]) -> list[BucketRow]:
    whole = _sum(figures, "balance", lambda f: f.on_book)
    return [_bucket_row(name, figures, whole) for name in BUCKETS]


def _bucket_row(name: str, figures: Sequence[Figure], whole: Decimal) -> BucketRow:
    now = [f for f in figures if f.bucket == name]
    before = [f for f in figures if f.prev_bucket == name]
    later = BUCKETS[BUCKETS.index(name) + 1 :]
    balance = total(f.balance for f in now)
    return BucketRow(
        bucket=name,
        loans=sum(f.loans for f in now),
        balance=balance,
        share=percent(balance, whole),
        overdue_principal=total(f.overdue_principal for f in now),
        opening=total(f.prev_balance for f in before),
        rolled=_sum(before, "prev_balance", lambda f: f.bucket in later),
        cured=_sum(before, "prev_balance", lambda f: f.bucket == BUCKETS[0]),
    )


# --- (4) migration --------------------------------------------------------------------------------
def flows(figures: Iterable[Figure]) -> list[Flow]:
    """The figures as flows between classes, for the matrix and its rates."""
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for f in figures:
        if f.prev_class or f.classification:
            row = sums[f.prev_class, f.classification]
            row[0], row[1], row[2] = row[0] + f.prev_balance, row[1] + f.balance, row[2] + f.decrease
    return [Flow(a or None, b or None, *amounts) for (a, b), amounts in sums.items()]


# --- (7) provisions, for reference ----------------------------------------------------------------
@dataclass(frozen=True)
class ProvisionRow:
    """What the reference rates ask for one class."""

    code: str
    balance: Decimal
    rate: Decimal
    amount: Decimal


def provisions(classes: Iterable[ClassRow]) -> list[ProvisionRow]:
    """Specific provisions by class; the general one is ``GENERAL_PROVISION`` of all loans beside."""
    return [_provision(row) for row in classes]


def _provision(row: ClassRow) -> ProvisionRow:
    rate = PROVISION_RATES[row.code]
    return ProvisionRow(row.code, row.balance, rate, (row.balance * rate / 100).quantize(Decimal("0.01")))


def general_provision(balance: Decimal) -> Decimal:
    return (balance * GENERAL_PROVISION / 100).quantize(Decimal("0.01"))


# --- by product, industry, guarantee type, person, branch -----------------------------------------
@dataclass(frozen=True)
class Slice:
    """One value of a dimension with its part of the whole's bad loans."""

    value: str
    label: str
    quality: Quality
    npl_share: Decimal | None
    overdue_share: Decimal | None


def slices(
    figures: Iterable[Figure],
    whole: Quality,
    readings: ReportReadings,
    key: Callable[[Figure], str],
    labels: Mapping[str, str],
) -> list[Slice]:
    """Largest bad balance first, then the largest."""
    groups: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        groups[key(figure)].append(figure)
    rows = [_slice(value, quality(rows, readings), whole, labels) for value, rows in groups.items()]
    held = [row for row in rows if row.quality.loans]
    return sorted(held, key=lambda row: (-row.quality.npl, -row.quality.balance, row.value))


def _slice(value: str, its: Quality, whole: Quality, labels: Mapping[str, str]) -> Slice:
    label = labels.get(value, value)
    return Slice(value, label, its, percent(its.npl, whole.npl), percent(its.overdue, whole.overdue))


# --- (10) timeliness ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Timeliness:
    """Duties that were due: how many were done in time, of those that were really owed."""

    key: str
    label: str
    due: int
    on_time: int
    late: int
    still_open: int
    excused: int

    @property
    def owed(self) -> int:
        return self.due - self.excused

    @property
    def rate(self) -> Decimal | None:
        return percent(Decimal(self.on_time), Decimal(self.owed))


def add_up(rows: Iterable[Timeliness], key: str = "", label: str = "") -> Timeliness:
    counted = list(rows)
    names = ("due", "on_time", "late", "still_open", "excused")
    return Timeliness(key, label, **{name: sum(getattr(row, name) for row in counted) for name in names})
