"""The stories that the demo must show (data/cases.csv), and ordinary loans beside them."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import chinese_calendar

from core.periods import add_months
from postloan.demo.conduct import Conduct
from postloan.demo.terms import SETTLEMENT_DAY, Product, Terms, products
from postloan.demo.timeline import BUSINESS_DATE, day, working_day
from postloan.demo.words import FOLDER, dice

A_YEAR, REPAID = 12, 0.35
TECHNICAL = "technical"
RENEWED = "renewed"


@dataclass(frozen=True)
class Plan:
    """A loan still without a borrower: its terms, when it matures, how it is paid and how it ends."""

    terms: Terms
    matures_on: date
    conduct: Conduct
    ending: str = ""
    ending_on: date | None = None
    judged: tuple[date, str] | None = None


def scripted(copy: int) -> list[Plan]:
    """A loan for every line of data/cases.csv; copies differ in amounts and terms."""
    with (FOLDER / "cases.csv").open(encoding="utf-8") as file:
        return [_scripted(line, n, copy) for n, line in enumerate(csv.DictReader(file))]


def _scripted(line: dict[str, str], n: int, copy: int) -> Plan:
    stream = dice("case", copy, n)
    product, anchor = products()[line["product"]], day(int(line["day"]))
    terms, matures_on = PLACING[line["anchor"]](product, anchor, stream)
    stops = line["conduct"] == "stops"
    conduct = Conduct(
        careless=line["conduct"] == "careless",
        stops_on=anchor if stops else None,
        part=Decimal(line["part"] or 0) / 100,
        resumes_on=_date(line["resumes"]),
    )
    judged_on = _date(line["judged_day"])
    judged = (judged_on, line["judged"]) if judged_on else None
    return Plan(terms, matures_on, conduct, line["ending"], _date(line["ending_day"]), judged)


def ordinary(segment: str, stream: Random) -> Plan:
    """A loan in the middle of its life, paid in time by most."""
    offered = [p for p in products().values() if p.segment == segment]
    product = stream.choices(offered, [p.weight for p in offered])[0]
    months = stream.choice(product.terms)
    life = min(months, 60) * 30
    # Of the shorter ones some were repaid within the last year.
    ended = months <= A_YEAR and stream.random() < REPAID
    age = timedelta(days=stream.randint(life, life + 330) if ended else stream.randint(60, int(life * 0.92)))
    terms = _terms(product, months, working_day(BUSINESS_DATE - age), stream)
    return Plan(terms, terms.schedule()[-1].due_on, Conduct(careless=stream.random() < 0.15))


def successor(plan: Plan, stream: Random) -> Plan:
    """The renewal of a loan, granted on the working day on which the old one was repaid."""
    terms = _terms(plan.terms.product, plan.terms.months, working_day(plan.matures_on), stream)
    return Plan(terms, terms.schedule()[-1].due_on, Conduct())


def _date(offset: str) -> date | None:
    return day(int(offset)) if offset else None


def _terms(product: Product, months: int, disbursed_on: date, stream: Random) -> Terms:
    return Terms(product, product.amount(stream), product.rate(stream), disbursed_on, months)


def _disbursed(product: Product, anchor: date, stream: Random) -> tuple[Terms, date]:
    """Disbursed on the anchor, or the working day after it."""
    terms = _terms(product, stream.choice(product.terms), working_day(anchor), stream)
    return terms, terms.schedule()[-1].due_on


def _due(product: Product, anchor: date, stream: Random) -> tuple[Terms, date]:
    """An instalment somewhere in the middle falls due on the anchor."""
    months = stream.choice(product.terms)
    starts = [s for s in _starts(product, anchor, months) if chinese_calendar.is_workday(s)]
    terms = _terms(product, months, stream.choice(starts), stream)
    return terms, terms.schedule()[-1].due_on


def _starts(product: Product, anchor: date, months: int) -> Iterator[date]:
    """Disbursements that make something fall due on the anchor."""
    if product.settlement:
        if anchor.day != SETTLEMENT_DAY or anchor.month % product.interval:
            raise ValueError(f"{product.code} has nothing due on {anchor}")
        first = add_months(anchor, -max(months - 3, 2))
        yield from (first + timedelta(days=n) for n in range((anchor - first).days - 40 * product.interval))
        return
    for period in range(1, min(months // product.interval, 30)):
        start = add_months(anchor, -period * product.interval)
        if add_months(start, period * product.interval) == anchor:
            yield start


def _matures(product: Product, anchor: date, stream: Random) -> tuple[Terms, date]:
    """The loan matures on the anchor; disbursed on a working day if a term allows it."""
    dated = [(months, add_months(anchor, -months)) for months in product.terms]
    exact = [(months, start) for months, start in dated if add_months(start, months) == anchor]
    open_days = [(months, start) for months, start in exact if chinese_calendar.is_workday(start)]
    months, start = stream.choice(open_days or exact or dated)
    return _terms(product, months, start, stream), anchor


PLACING = {"disbursed": _disbursed, "due": _due, "matures": _matures}
