"""What secures the demo bank's loans: collateral of every kind, checked on time, late or never."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from core.periods import add_months
from postloan.demo.book import Row, Value
from postloan.demo.lending import Loan
from postloan.demo.people import address, person_name
from postloan.demo.timeline import BUSINESS_DATE, FIRST_DELIVERY, HORIZON, day, working_day
from postloan.demo.words import dice, words

KINDS = {
    "working_capital": ("commercial", "inventory", "receivable", "land", "residential", "equity"),
    "monthly_capital": ("receivable", "inventory", "deposit", "commercial"),
    "trade_bill": ("deposit", "inventory", "receivable"),
    "fixed_asset": ("land", "machinery", "commercial"),
    "project": ("land", "equity", "commercial"),
    "micro_instalment": ("machinery", "vehicle", "residential"),
    "micro_credit": ("other", "residential"),
    "operating": ("residential", "commercial"),
    "operating_instalment": ("vehicle", "residential"),
    "housing": ("residential",),
    "consumption": ("vehicle",),
}
CHANCE = {"fixed_asset": 0.95, "project": 0.95, "housing": 1.0, "operating": 0.75, "consumption": 0.2}
OTHERWISE = 0.45
LTV_PCT = {
    "residential": 70,
    "commercial": 60,
    "land": 60,
    "machinery": 40,
    "inventory": 50,
    "receivable": 60,
    "equity": 50,
    "deposit": 95,
    "vehicle": 50,
    "other": 30,
}
INSURED = ("residential", "commercial", "machinery", "inventory", "vehicle")


@dataclass(frozen=True)
class Collateral:
    """One piece of collateral and the loans that it secures; `checks` are its on-site checks by date."""

    no: str
    kind: str
    facts: dict[str, Value]
    loans: tuple[Loan, ...]
    checks: tuple[date, ...]

    @property
    def known_on(self) -> date:
        return min(loan.disbursed_on for loan in self.loans)

    def rows(self, on: date) -> list[Row]:
        """The rows of collaterals.csv at the close of a day: one for each loan that is disbursed."""
        checked = [check for check in self.checks if check <= on]
        common = {
            "collateral_no": self.no,
            "kind": self.kind,
            **self.facts,
            "last_checked_on": max(checked, default=None),
        }
        return [{**common, "loan_no": loan.loan_no} for loan in self.loans if loan.disbursed_on <= on]

    def change_dates(self) -> set[date]:
        """The days on which its rows change."""
        return {check for check in self.checks if check >= self.known_on} | {
            loan.disbursed_on for loan in self.loans
        }


def collaterals(loans: Iterable[Loan]) -> Iterator[Collateral]:
    """The collateral of all loans; a borrower's second loan may rest on that of the first."""
    of_borrower: dict[str, Collateral] = {}
    for loan in loans:
        stream = dice("collateral", loan.loan_no)
        if stream.random() >= CHANCE.get(loan.terms.product.product, OTHERWISE):
            continue
        known = of_borrower.get(loan.borrower.no)
        if known and stream.random() < 0.5:
            of_borrower[loan.borrower.no] = replace(known, loans=(*known.loans, loan))
            continue
        if known:
            yield known
        of_borrower[loan.borrower.no] = _collateral(loan, stream)
    yield from of_borrower.values()


def _collateral(loan: Loan, stream: Random) -> Collateral:
    kind = stream.choice(KINDS[loan.terms.product.product])
    owner = loan.borrower.who.name if stream.random() < 0.8 else person_name(stream)
    ltv = LTV_PCT[kind]
    value = loan.terms.principal * 100 / ltv * Decimal(stream.randint(88, 160)) / 100
    facts: dict[str, Value] = {
        "description": _description(kind, loan.borrower.town, owner, stream),
        "owner_name": owner,
        "appraised_value": (value // 10_000 * 10_000).quantize(Decimal("0.01")),
        "appraised_on": _appraised_on(loan, stream),
        "max_ltv_pct": ltv,
        **(_insurance(loan, owner, stream) if kind in INSURED else {}),
    }
    return Collateral(f"YP{loan.loan_no[-4:]}", kind, facts, (loan,), _checks(loan, stream))


def _description(kind: str, town: str, owner: str, stream: Random) -> str:
    template = stream.choice(words()["collateral"][kind])
    place = address("house", town, stream)
    return str(template.format(address=place, owner=owner, number=stream.randint(3, 260)))


def _appraised_on(loan: Loan, stream: Random) -> date:
    """Before the disbursement, or at a later revaluation."""
    before = loan.disbursed_on - timedelta(days=stream.randint(5, 40))
    again = add_months(before, 12 * stream.randint(1, 3))
    return again if again < FIRST_DELIVERY else before


def _insurance(loan: Loan, owner: str, stream: Random) -> dict[str, Value]:
    """Most are insured for months to come in the bank's favour; some lapsed, some soon will."""
    chance = stream.random()
    until = day(stream.randint(45, 340))
    if chance < 0.1:
        until = max(day(-stream.randint(3, 120)), loan.disbursed_on + timedelta(days=30))
    elif chance < 0.25:
        until = day(stream.randint(1, 40))
    bank = words()["bank"]["name"]
    return {
        "insured_until": until,
        "insurer": stream.choice(words()["collateral"]["insurers"]),
        "beneficiary": bank if stream.random() < 0.88 else owner,
    }


def _checks(loan: Loan, stream: Random) -> tuple[date, ...]:
    """On-site checks: never on young loans; on old ones long ago, a year ago, or within the year."""
    chance = stream.random()
    if loan.disbursed_on > add_months(BUSINESS_DATE, -12):
        return ()
    if chance < 0.15:
        overdue = add_months(BUSINESS_DATE, -stream.randint(13, 20))
        return (overdue,) if overdue > loan.disbursed_on and chance < 0.08 else ()
    earliest = max(add_months(FIRST_DELIVERY, -12), loan.disbursed_on + timedelta(days=30))
    if chance < 0.5:
        last = working_day(min(earliest + timedelta(days=stream.randint(1, 75)), FIRST_DELIVERY))
        return (last, *_renewed(last, stream))
    span = (FIRST_DELIVERY - earliest).days
    return (working_day(earliest + timedelta(days=int(span * stream.uniform(0.3, 1.0)))),)


def _renewed(last: date, stream: Random) -> list[date]:
    """The next check, if it is made by the horizon: most come in the weeks before the year is over."""
    due = add_months(last, 12)
    nearby = working_day(due - timedelta(days=stream.randint(0, 12)))
    return [nearby] if FIRST_DELIVERY < nearby <= HORIZON and stream.random() < 0.7 else []
