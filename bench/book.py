"""A synthetic book of any size as numpy arrays, the same for the same size and seed.

500 branches in four levels, 3,000 relationship managers, about 11.8 instalments per loan, 1.7 % of loans
overdue, 3 % settled. Money is in cents, dates are days since 1970-01-01, codes are positions in the tuples
below, references are positions in the other table. Everything is vectorised: a million loans take seconds.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 1
ON = date(2026, 5, 25)
"""A Monday: the days after it are ordinary ones until 1 June opens the half-year's reports."""
BRANCHES, OFFICERS = 500, 3_000
OVERDUE, SETTLED, MATURED_AND_OVERDUE = 0.017, 0.03, 0.3
BORROWERS_PER_LOAN = 0.8

METHODS = ("equal_installment", "equal_principal", "interest_only", "bullet")
CYCLES = ("monthly", "quarterly", "at_maturity")
CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
REGIMES = ("regular", "key")
KINDS = (
    *("residential", "commercial", "land", "machinery", "inventory"),
    *("receivable", "equity", "deposit", "vehicle", "other"),
)
SEGMENTS = ("corporate", "small_micro", "personal_business", "personal_consumption")
FLOOR_DAYS = np.array([1, 91, 271, 361])

# Instalments, months between them, method, cycle, share of the loans: 11.8 instalments per loan.
PRODUCTS = np.array(
    [
        (1, 12, 3, 2, 0.06),
        (4, 3, 2, 1, 0.20),
        (6, 1, 2, 0, 0.10),
        (12, 1, 0, 0, 0.27),
        (12, 1, 2, 0, 0.20),
        (24, 1, 1, 0, 0.12),
        (36, 1, 0, 0, 0.05),
    ]
)
Table = dict[str, NDArray[Any]]


@dataclass
class Book:
    """The tables by name, each a dictionary of equally long columns, and the day they are of."""

    on: date
    branches: Table
    staff: Table
    borrowers: Table
    loans: Table
    instalments: Table
    guarantees: Table
    collaterals: Table
    classifications: Table
    regimes: Table

    @property
    def repaid(self) -> NDArray[Any]:
        """Which instalments have been repaid; each was, in full, on the day it was due."""
        seq, loan = self.instalments["seq"], self.instalments["loan"]
        return seq <= self.loans["instalments_paid"][loan]


def make_book(loans: int, *, on: date = ON, seed: int = SEED) -> Book:
    """The book of so many loans at the close of a day."""
    dice = np.random.default_rng([seed, loans])
    borrowers = _borrowers(dice, max(int(loans * BORROWERS_PER_LOAN), 1))
    lent = _loans(dice, loans, borrowers, days_of(on))
    instalments = _instalments(lent)
    _settle(dice, lent, instalments, days_of(on))
    return Book(
        on=on,
        branches=_branches(),
        staff=_staff(),
        borrowers=borrowers,
        loans=lent,
        instalments=instalments,
        guarantees=_guarantees(dice, lent),
        collaterals=_collaterals(dice, lent, days_of(on)),
        classifications=_history(lent, lent["classification"], days_of(on)),
        regimes=_history(lent, lent["regime"], days_of(on)),
    )


def days_of(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def add_months(days: NDArray[Any], months: NDArray[Any]) -> NDArray[Any]:
    """The same day-number so many months later, or that month's last day; by element."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    day_of_month = (dates - month.astype("datetime64[D]")).astype(np.int64)
    target = month + months
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64)
    moved = target.astype("datetime64[D]") + np.minimum(day_of_month, length - 1)
    return moved.astype(np.int64).astype(np.int32)


def _branches() -> Table:
    """Head office, 9 branches, 90 sub-branches, 400 outlets below them; the parent is a position."""
    number = np.arange(BRANCHES)
    parent = np.where(number < 10, 0, np.where(number < 100, 1 + (number - 10) % 9, 10 + (number - 100) % 90))
    parent[0] = -1
    return {"parent": parent, "level": np.digitize(number, [1, 10, 100])}


def _staff() -> Table:
    """The relationship managers in the outlets, then a supervisor and a post-loan officer in each branch."""
    officers = 100 + np.arange(OFFICERS) % (BRANCHES - 100)
    everywhere = np.arange(BRANCHES)
    role = np.repeat([0, 1, 2], [OFFICERS, BRANCHES, BRANCHES])
    return {"branch": np.concatenate([officers, everywhere, everywhere]), "role": role}


def _borrowers(dice: np.random.Generator, n: int) -> Table:
    officer = dice.integers(0, OFFICERS, n)
    segment = dice.choice(len(SEGMENTS), n, p=[0.25, 0.3, 0.25, 0.2])
    return {"officer": officer, "branch": 100 + officer % (BRANCHES - 100), "segment": segment}


def _loans(dice: np.random.Generator, n: int, borrowers: Table, on: int) -> Table:
    """Contracts: who, how much, how long, since when; how well they pay comes later."""
    count = len(borrowers["officer"])
    # The first loans give every borrower one, the rest falls on anybody.
    borrower = np.concatenate([np.arange(min(n, count)), dice.integers(0, count, max(n - count, 0))])
    product = PRODUCTS[dice.choice(len(PRODUCTS), n, p=PRODUCTS[:, 4])].astype(np.int64)
    k, interval = product[:, 0], product[:, 1]
    fate = dice.random(n)
    overdue = fate < OVERDUE
    settled = (fate >= OVERDUE) & (fate < OVERDUE + SETTLED)
    term = k * interval * 30
    age = (dice.random(n) * term * 0.97).astype(np.int64)
    late = overdue & (dice.random(n) < MATURED_AND_OVERDUE)
    age = np.where(overdue, np.maximum(age, interval * 32), age)
    age = np.where(late | settled, term + 12 + (dice.random(n) * 300).astype(np.int64), age)
    disbursed = (on - age).astype(np.int32)
    return {
        "borrower": borrower.astype(np.int32),
        "officer": borrowers["officer"][borrower],
        "branch": borrowers["branch"][borrower],
        "principal": dice.integers(2, 400, n) * 5_000_000,
        "rate_bp": dice.integers(60, 130, n) * 5,
        "disbursed": disbursed,
        "k": k,
        "interval": interval,
        "matures": add_months(disbursed, k * interval),
        "method": product[:, 2],
        "cycle": product[:, 3],
        "overdue": overdue,
        "settled": settled,
        "watched": dice.random(n) < 0.01,
        "key": dice.random(n) < 0.08,
    }


def _instalments(loans: Table) -> Table:
    """The schedules: 30/360 interest, the last instalment takes what is left of the principal."""
    k = loans["k"]
    loan = np.repeat(np.arange(len(k), dtype=np.int32), k)
    first = np.cumsum(k) - k
    seq = np.arange(len(loan)) - first[loan] + 1
    principal, interest = np.zeros(len(loan), np.int64), np.zeros(len(loan), np.int64)
    rate = loans["rate_bp"] / 10_000 * loans["interval"] / 12
    growth = (1 + rate) ** k
    payment = np.rint(loans["principal"] * rate * growth / (growth - 1)).astype(np.int64)
    balance = loans["principal"].copy()
    for number in range(1, int(k.max()) + 1):
        who = np.flatnonzero(k >= number)
        due_interest = np.rint(balance[who] * rate[who]).astype(np.int64)
        share = np.select(
            [loans["method"][who] == 0, loans["method"][who] == 1],
            [payment[who] - due_interest, loans["principal"][who] // k[who]],
            0,
        )
        repaid = np.where(k[who] == number, balance[who], share)
        place = first[who] + number - 1
        principal[place], interest[place] = repaid, due_interest
        balance[who] -= repaid
    due = add_months(loans["disbursed"][loan], seq * loans["interval"][loan])
    return {
        "loan": loan,
        "seq": seq.astype(np.int16),
        "due": due,
        "principal": principal,
        "interest": interest,
    }


def _settle(dice: np.random.Generator, loans: Table, instalments: Table, on: int) -> None:
    """What is due by the day has been repaid, but for the overdue loans' last instalments."""
    n = len(loans["k"])
    loan, due = instalments["loan"], instalments["due"]
    fallen_due = np.bincount(loan[due <= on], minlength=n)
    past = np.bincount(loan[due < on], minlength=n)
    missed = np.minimum(dice.geometric(0.35, n), past)
    paid = np.where(loans["overdue"], past - missed, fallen_due)
    loans["instalments_paid"] = paid
    repaid = np.where(instalments["seq"] <= paid[loan], instalments["principal"], 0)
    # bincount adds in floating point: exact up to 2**53 cents.
    loans["balance"] = loans["principal"] - np.bincount(loan, weights=repaid, minlength=n).astype(np.int64)
    first = np.cumsum(loans["k"]) - loans["k"]
    open_ = paid < loans["k"]
    oldest = np.where(open_, due[first + np.minimum(paid, loans["k"] - 1)], np.iinfo(np.int32).max)
    loans["oldest_unpaid"] = oldest
    loans["settled_on"] = np.where(open_, -1, due[first + loans["k"] - 1])
    days = np.where(open_, np.maximum(on - oldest, 0), 0)
    by_days = np.digitize(days, FLOOR_DAYS)
    loans["classification"] = np.maximum(by_days, (loans["watched"] & open_).astype(np.int64))
    loans["regime"] = (loans["key"] | (by_days >= 2)).astype(np.int64)


def _guarantees(dice: np.random.Generator, loans: Table) -> Table:
    """Two guarantors for a tenth of the loans, one for another three tenths."""
    draw = dice.random(len(loans["k"]))
    number = np.where(draw < 0.1, 2, np.where(draw < 0.4, 1, 0))
    loan = np.repeat(np.arange(len(number), dtype=np.int32), number)
    nth = np.arange(len(loan)) - (np.cumsum(number) - number)[loan]
    liability = dice.choice(3, len(loan), p=[0.7, 0.15, 0.15])
    agreed = (dice.random(len(loan)) < 0.7) & (liability != 2)
    ends = np.where(agreed, add_months(loans["matures"][loan], np.full(len(loan), 24)), -1)
    return {"loan": loan, "nth": nth, "liability": liability, "ends": ends}


def _collaterals(dice: np.random.Generator, loans: Table, on: int) -> Table:
    """One piece for 35 % of the loans; checked within the last 14 months or never."""
    loan = np.flatnonzero(dice.random(len(loans["k"])) < 0.35).astype(np.int32)
    checked = on - dice.integers(1, 430, len(loan))
    return {
        "loan": loan,
        "kind": dice.integers(0, len(KINDS), len(loan)),
        "value": loans["principal"][loan] * 2,
        "insured": on + dice.integers(-20, 400, len(loan)),
        "checked": np.where(checked > loans["disbursed"][loan], checked, -1),
    }


def _history(loans: Table, code: NDArray[Any], on: int) -> Table:
    """Two rows for each loan whose code is not the first: that at disbursement, this half a year later."""
    loan = np.flatnonzero(code).astype(np.int32)
    changed = np.minimum(loans["disbursed"][loan] + 180, on)
    moved = changed > loans["disbursed"][loan]
    loan, changed = loan[moved], changed[moved]
    return {
        "loan": np.concatenate([loan, loan]),
        "on": np.concatenate([loans["disbursed"][loan], changed]),
        "code": np.concatenate([np.zeros(len(loan), np.int64), code[loan]]),
    }
