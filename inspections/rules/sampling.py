"""Quotas of a supervision visit and coverage of the branches (SUP-1 to SUP-7)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from inspections.rules.readings import InspectionReadings
from loans.rules import NON_PERFORMING, NORMAL, SPECIAL_MENTION

NPL = "npl"

MIN_BORROWERS = 10
MIN_BY_CLASS = {NORMAL: 3, SPECIAL_MENTION: 4, NPL: 3}
MIN_TOP = 3
MIN_SECURED = 5
MIN_COVERAGE_PCT = 40

TOP_POOL = {"three_largest": 3, "any_3_of_top_10": 10}

GUARANTEE = frozenset({"guarantee"})
COLLATERAL = frozenset({"mortgage", "pledge"})
SECURED_KINDS = {
    "combined": {"guarantee_or_collateral": GUARANTEE | COLLATERAL},
    "each_kind": {"guarantee": GUARANTEE, "collateral": COLLATERAL},
}


@dataclass(frozen=True)
class SampleBorrower:
    """A borrower of the inspected branch: class of its worst loan, total balance, security held."""

    borrower_no: str
    classification: str
    amount: Decimal
    guarantees: frozenset[str]
    loans: int

    @property
    def group(self) -> str:
        """The quota the borrower counts for."""
        return NPL if self.classification in NON_PERFORMING else self.classification

    def is_secured_by(self, kinds: frozenset[str]) -> bool:
        """Whether the borrower gave security of one of the kinds."""
        return not kinds.isdisjoint(self.guarantees)


@dataclass(frozen=True)
class SamplingRequirements:
    """What a sample must contain, capped at what the branch has."""

    min_total: int
    min_by_class: dict[str, int]
    min_top: int
    top_ids: list[str]
    min_secured: dict[str, int]


@dataclass(frozen=True)
class BranchCoverage:
    """Percent of branches visited by year, years under the minimum, branches never visited."""

    coverage_pct: dict[int, Decimal]
    below_minimum: list[int]
    never_visited: list[str]


def sampling_requirements(
    population: Sequence[SampleBorrower], readings: InspectionReadings
) -> SamplingRequirements:
    """The quotas of a visit to a branch with these borrowers."""
    return SamplingRequirements(
        min_total=min(MIN_BORROWERS, len(population)),
        min_by_class=_class_quotas(Counter(b.group for b in population), readings),
        min_top=min(MIN_TOP, len(population)),
        top_ids=_top_ids(population, TOP_POOL[readings.sampling_top]),
        min_secured={
            name: min(MIN_SECURED, sum(b.is_secured_by(kinds) for b in population))
            for name, kinds in SECURED_KINDS[readings.sampling_guarantee].items()
        },
    )


def sampling_check(
    population: Sequence[SampleBorrower], sample: Mapping[str, int], readings: InspectionReadings
) -> list[str]:
    """Which quotas a sample of {borrower_no: loans checked} violates, as sorted codes."""
    required = sampling_requirements(population, readings)
    drawn = [b for b in population if b.borrower_no in sample]
    by_class = Counter(b.group for b in drawn)
    secured = SECURED_KINDS[readings.sampling_guarantee]
    violated = {
        "TOTAL": len(drawn) < required.min_total,
        **{f"CLASS_{group.upper()}": by_class[group] < n for group, n in required.min_by_class.items()},
        "TOP_AMOUNT": len(sample.keys() & set(required.top_ids)) < required.min_top,
        "SECURED": any(
            sum(b.is_secured_by(secured[name]) for b in drawn) < n for name, n in required.min_secured.items()
        ),
        **{f"LOANS:{b.borrower_no}": sample[b.borrower_no] < _min_loans(b, readings) for b in drawn},
        **{f"UNKNOWN:{no}": True for no in sample.keys() - {b.borrower_no for b in population}},
    }
    return sorted(code for code, is_violated in violated.items() if is_violated)


def branch_coverage(branches: Iterable[str], visited: Mapping[int, Iterable[str]]) -> BranchCoverage:
    """How many of the branches were visited in each year, a branch counting once."""
    known = set(branches)
    reached = {year: known & set(ids) for year, ids in sorted(visited.items())}
    share = {year: Decimal(100 * len(ids)) / max(len(known), 1) for year, ids in reached.items()}
    return BranchCoverage(
        coverage_pct={y: pct.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) for y, pct in share.items()},
        below_minimum=[year for year, pct in share.items() if pct < MIN_COVERAGE_PCT],
        never_visited=sorted(known.difference(*reached.values())),
    )


def _class_quotas(held: Mapping[str, int], readings: InspectionReadings) -> dict[str, int]:
    """The minimum per class; what is lacking in non-performing borrowers falls on the others (SUP-2)."""
    shortfall = max(MIN_BY_CLASS[NPL] - held.get(NPL, 0), 0)
    weights = held if readings.sampling_shortfall == "by_population" else MIN_BY_CLASS
    extra = _largest_remainder(shortfall, {c: weights.get(c, 0) for c in (NORMAL, SPECIAL_MENTION)})
    return {c: min(n + extra.get(c, 0), held.get(c, 0)) for c, n in MIN_BY_CLASS.items()}


def _largest_remainder(seats: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Whole seats in proportion to the weights; remainders are served largest first, ties in order."""
    total = sum(weights.values())
    if not total:
        return {}
    shares = {name: divmod(seats * weight, total) for name, weight in weights.items()}
    left = seats - sum(whole for whole, _ in shares.values())
    served = sorted(shares, key=lambda name: -shares[name][1])[:left]
    return {name: whole + (name in served) for name, (whole, _) in shares.items()}


def _top_ids(population: Sequence[SampleBorrower], pool: int) -> list[str]:
    """The borrowers with the largest amounts; whoever ties with the last of the pool is in it."""
    amounts = sorted((b.amount for b in population), reverse=True)[:pool]
    return sorted(b.borrower_no for b in population if amounts and b.amount >= amounts[-1])


def _min_loans(borrower: SampleBorrower, readings: InspectionReadings) -> int:
    return min(borrower.loans, 2) if readings.sampling_loans_each == "min_2_if_held" else 1
