"""Which report every borrower owes at a period's end, as queries that mirror the pure rules.

``loan_reports`` is ``rules.planned_reports`` over many loans at once, ``borrower_reports`` is
``rules.borrower_reports``. What is decided (frequencies, windows, exemptions) comes from the rules as small
tables; the equivalence test holds both sides together.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    Min,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Value,
    When,
)

from core.bulk import CommonTable
from core.functions import AddMonths, JoinedText
from core.periods import Period
from duties.planning import RunContext
from inspections.daily.states import BEFORE, NOW, State, state_on, truth, where_table_says, with_states
from inspections.models import BorrowerReport, LoanReport
from inspections.rules import (
    ANNUAL,
    FREQUENCIES,
    REPLACED_BY_ANNUAL,
    SHORT_TERM_MONTHS,
    InspectionReadings,
    ReportWindow,
    frequency_table,
    ruling_day,
    sparing_ends,
    windows_ending,
)
from loans.models import Loan, LoanStatus
from loans.rules import KEY, NORMAL

RANKS = {report_type: rank for rank, report_type in enumerate((ANNUAL, *FREQUENCIES))}
"""Report types as numbers, in the order in which one names the borrower's duty."""

FORESEEN = Q(foreseen__isnull=False)
STANDING = Q(ended=False)
OWED = FORESEEN & STANDING & Q(spared=False)


@dataclass(frozen=True)
class ReportDay:
    """The reports about the periods that end on one day, as known at the close of the run's day.

    Either the routine report or the annual one: a borrower can owe both on 31 December.
    """

    period_end: dt.date
    windows: Mapping[str, ReportWindow]
    is_annual: bool
    context: RunContext
    readings: InspectionReadings

    @cached_property
    def conditions(self) -> "Conditions":
        return _conditions(self)

    @property
    def types(self) -> tuple[str, ...]:
        """What the report of this kind can be, strictest first."""
        types = (t for t, _ in self.conditions if t)
        return (ANNUAL,) if self.is_annual else tuple(dict.fromkeys(types))

    @property
    def known_until(self) -> dt.date:
        """Facts dated later are not known yet, or no longer concern the period."""
        return min(self.context.day, self.period_end)

    def tables(self, loans: QuerySet[Any], *, owing_only: bool) -> tuple[CommonTable, ...]:
        """What the statements of the steps read: reports per loan, and merged per borrower."""
        return (
            CommonTable(LoanReport, loan_reports(self, loans), computed_once=True),
            CommonTable(BorrowerReport, borrower_reports(self, owing_only=owing_only)),
        )


def report_days(period_end: dt.date, context: RunContext) -> list[ReportDay]:
    """The kinds of report that can be owed about the periods ending on a day."""
    readings = context.readings(InspectionReadings)
    windows = windows_ending(period_end, context.rules, context.calendar, readings)
    kinds = (False, True) if ANNUAL in windows else (False,)
    days = (ReportDay(period_end, windows, is_annual, context, readings) for is_annual in kinds)
    return [at for at in days if at.types]


def loan_reports(at: ReportDay, loans: QuerySet[Any]) -> QuerySet[Any]:
    """One row of `LoanReport` for every loan that was disbursed by then."""
    disbursed = loans.filter(at.context.in_branches("borrower__branch"), disbursed_on__lte=at.known_until)
    ranks = (When(q, then=Value(RANKS[t] if t else None)) for t, q in at.conditions)
    return _with_states(at, disbursed).annotate(
        foreseen=Case(*ranks, output_field=SmallIntegerField()),
        ended=_by_type(at, lambda t: truth(_ended(at, t))),
        spared=_by_type(at, lambda t: truth(_spared(at, t))),
    )


def borrower_reports(at: ReportDay, *, owing_only: bool) -> QuerySet[Any]:
    """`BorrowerReport` from `LoanReport`; ``owing_only`` leaves out loans without anything foreseen."""
    loans = LoanReport.objects.filter(FORESEEN & STANDING if owing_only else Q())
    deadlines = (When(foreseen=RANKS[t], then=Value(window.due)) for t, window in at.windows.items())
    return loans.values("borrower_id").annotate(
        rank=Min("foreseen", filter=OWED),
        due_on=Min(Case(*deadlines, output_field=DateField()), filter=OWED),
        loans=JoinedText("loan_no", filter=OWED),
        standing=Count("loan_no", filter=STANDING),
        exempt=Count("loan_no", filter=FORESEEN & STANDING & Q(spared=True)),
    )


Conditions = list[tuple[str | None, Q]]
"""Report types with what a loan must fulfil; the first that holds counts. None: nothing of this kind."""


def _conditions(at: ReportDay) -> Conditions:
    """The types in order of precedence, the annual report standing in for some of them (INS-4)."""
    routine = [(t, _is_ruled_by(at, t)) for t in FREQUENCIES if t in at.windows]
    if ANNUAL not in at.windows:
        return [*routine]
    replaced = REPLACED_BY_ANNUAL[at.readings.annual_report_layering]
    if at.readings.key_annual_report == "yes":
        own = [(ANNUAL, Q(disbursed_on__isnull=False))]
        return [*own] if at.is_annual else [(None if t in replaced else t, q) for t, q in routine]
    # Loans without an annual report of their own: the borrower's, if there is one, covers them too.
    if at.is_annual:
        return [(ANNUAL, _owes_annual(at)), *((t if t in replaced else None, q) for t, q in routine)]
    covered = _owes_annual(at) | Exists(_with_annual_report(at))
    pairs: Conditions = []
    for t, q in routine:
        pairs += [(None, Q(q) & Q(covered)), (t, q)] if t in replaced else [(t, q)]
    return pairs


def _is_ruled_by(at: ReportDay, frequency: str) -> Q:
    """Whether the period of the frequency was ruled by it: on its ruling day, or by a tightening."""
    period = at.windows[frequency].period
    ruled = where_table_says(frequency_table(at.readings), [frequency], _state(at, period))
    tightened = _tightened_to(at, frequency, period)
    return ruled if tightened is None else ruled | Q(pk__in=tightened)


def _tightened_to(at: ReportDay, frequency: str, period: Period) -> QuerySet[Any] | None:
    """Loans that a change inside the period brought to this stricter frequency; None: there can be none."""
    relaxed = FREQUENCIES[FREQUENCIES.index(frequency) + 1 :]
    counts = at.readings.class_change_timing == "period_end_or_tightening"
    if not counts or not relaxed or period.start > at.known_until:
        return None
    table = frequency_table(at.readings)
    return LoanStatus.objects.filter(
        where_table_says(table, [frequency], NOW),
        where_table_says(table, relaxed, BEFORE),
        effective_on__range=(period.start, at.known_until),
    ).values("loan")


def _owes_annual(at: ReportDay) -> Q:
    regime, _ = _state(at, at.windows[ANNUAL].period)
    return ~Q(**{regime: KEY})


def _with_annual_report(at: ReportDay) -> QuerySet[Any]:
    """Loans of the same borrower that do owe an annual report."""
    loans = _with_states(at, Loan.objects.filter(disbursed_on__lte=at.known_until))
    return loans.alias(gone=truth(_ended(at, ANNUAL)), free=truth(_spared(at, ANNUAL))).filter(
        _owes_annual(at), gone=False, free=False, borrower=OuterRef("borrower")
    )


def _ended(at: ReportDay, report_type: str) -> Q | None:
    """The loan ended so that the report is spared, as far as known."""
    spans = sparing_ends(at.period_end, at.windows[report_type].due, at.readings)
    known = [(first, min(last, at.context.day)) for first, last in spans if first <= at.context.day]
    return _any_of([Q(ended_on__range=span) for span in known])


def _spared(at: ReportDay, report_type: str) -> Q | None:
    """INS-7 and INS-8: short and new loans, where the report knows these exemptions."""
    window = at.windows[report_type]
    if window.new_loan_from is None:
        return None
    regime, classification = state_on(at.period_end, at.context)
    short = (
        Q(**{regime: r, "matures_on__lte": AddMonths("disbursed_on", months)})
        for r, months in SHORT_TERM_MONTHS.items()
    )
    new_normal = Q(is_renewal=False, **{classification: NORMAL})
    return Q(disbursed_on__gte=window.new_loan_from) | (new_normal & reduce(or_, short))


def _state(at: ReportDay, period: Period) -> State:
    """The columns that hold regime and class on the day that rules a period."""
    return state_on(ruling_day(period, at.readings), at.context)


def _with_states(at: ReportDay, loans: QuerySet[Any]) -> QuerySet[Any]:
    days = [ruling_day(window.period, at.readings) for window in at.windows.values()]
    return with_states(loans, [at.period_end, *days], at.context)


def _any_of(conditions: list[Q]) -> Q | None:
    return reduce(or_, conditions) if conditions else None


def _by_type(at: ReportDay, value_of: Callable[[str], Any]) -> Any:
    """The value for the report type that a loan has; where all types agree it needs no condition."""
    values = {t: value_of(t) for t, _ in at.conditions if t}
    any_value = next(iter(values.values()))
    if all(value == any_value for value in values.values()):
        return any_value
    return Case(*(When(q, then=values[t] if t else any_value) for t, q in at.conditions), default=any_value)
