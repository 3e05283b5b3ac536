"""Ratings of borrowers and guarantors: yearly, reviewed each quarter, adjusted when something happens."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random

from loans.rules.classes import NORMAL, SPECIAL_MENTION, worst_class
from postloan.demo.book import Fact, Row
from postloan.demo.borrowers import Borrower
from postloan.demo.lending import Loan
from postloan.demo.timeline import FIRST_DELIVERY, HORIZON, working_day
from postloan.demo.words import dice

GRADES = {
    NORMAL: ("AAA", "AA", "AA", "A", "A", "A", "BBB", "BBB"),
    SPECIAL_MENTION: ("BB", "BB", "B"),
}
BAD = ("C", "C", "D")


def borrower_ratings(borrower: Borrower, loans: list[Loan]) -> list[Row]:
    """Rows of ratings.csv of a borrower, oldest first; only firms are reviewed each quarter."""
    stream = dice("ratings", borrower.no)
    since = min(loan.disbursed_on for loan in loans)
    dated = [*_formal(since, stream), *(_reviews(since, stream) if borrower.is_firm else ())]
    dated += [(on, "dynamic") for loan in loans for on in _downgrades(loan)]
    grades = {kind: stream.choice(choices) for kind, choices in GRADES.items()}
    bad = stream.choice(BAD)
    rated = {(on, kind): grades.get(_worst(loans, on), bad) for on, kind in sorted(dated)}
    return [
        {"subject_no": borrower.no, "rated_on": on, "grade": grade, "kind": kind}
        for (on, kind), grade in rated.items()
    ]


def guarantor_ratings(guarantees: Iterable[Fact]) -> Iterator[Fact]:
    """Formal ratings of guarantors, known not before the guarantee itself."""
    for known_on, guarantee in guarantees:
        subject = f"{guarantee['loan_no']}/{guarantee['guarantor_no']}"
        stream = dice("ratings", subject)
        grade = stream.choice(GRADES[NORMAL])
        for on, kind in _formal(date(2025, 1, 1), stream):
            yield max(on, known_on), {"subject_no": subject, "rated_on": on, "grade": grade, "kind": kind}


def _formal(since: date, stream: Random) -> list[tuple[date, str]]:
    """At the first loan and every spring since; this year's is late or missing for some."""
    springs = (date(year, 3, 1) for year in range(max(since.year + 1, 2024), 2026))
    dates = [since, *(working_day(spring + timedelta(days=stream.randint(0, 110))) for spring in springs)]
    if since < date(2026, 1, 1):
        dates += _this_year(stream)
    return [(on, "formal") for on in dates if since <= on <= HORIZON]


def _this_year(stream: Random) -> list[date]:
    chance = stream.random()
    if chance < 0.68:
        return [working_day(date(2026, 3, 1) + timedelta(days=stream.randint(0, 100)))]
    if chance < 0.9:
        return [working_day(FIRST_DELIVERY + timedelta(days=stream.randint(1, 14)))]
    return []


def _reviews(since: date, stream: Random) -> Iterator[tuple[date, str]]:
    """In the three weeks after a quarter's end; of the last quarter only some are in."""
    for quarter_end in (date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30)):
        on = working_day(quarter_end + timedelta(days=stream.randint(3, 20)))
        done = stream.random() < (0.6 if quarter_end.month == 6 else 1)
        if done and since < quarter_end and on <= HORIZON:
            yield on, "review"


def _downgrades(loan: Loan) -> list[date]:
    """Ten days after a fall in class the rating follows."""
    falls = (on for on, found, _ in loan.classes if found != NORMAL)
    dates = (working_day(on + timedelta(days=10)) for on in falls)
    return [on for on in dates if date(2026, 1, 1) <= on <= HORIZON]


def _worst(loans: list[Loan], on: date) -> str:
    return worst_class(loan.classification(on) for loan in loans)
