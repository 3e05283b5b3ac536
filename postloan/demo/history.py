"""Class and regime of every loan over time, as the demo bank's core system books them."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from loans.rules.classes import (
    DOUBTFUL,
    LOSS,
    NORMAL,
    SPECIAL_MENTION,
    SUBSTANDARD,
    is_non_performing,
    severity,
    worst_class,
)
from postloan.demo.lending import Loan
from postloan.demo.timeline import HORIZON, month_ends
from postloan.demo.words import dice, words

OVERDUE_FROM = {LOSS: 361, DOUBTFUL: 271, SUBSTANDARD: 91, SPECIAL_MENTION: 1}
LARGE = Decimal(50_000_000)
WATCHED = Decimal(10_000_000)
CONTAGION = Decimal("0.10")


def write_histories(loans: Iterable[Loan]) -> None:
    """Class by month-end assessment and judgement, then contagion, then the regimes."""
    by_borrower: dict[str, list[Loan]] = {}
    for loan in loans:
        loan.classes = list(_assessed(loan))
        by_borrower.setdefault(loan.borrower.no, []).append(loan)
    for siblings in by_borrower.values():
        if siblings[0].borrower.segment == "corporate":
            _spread(siblings)
        for loan in siblings:
            loan.regimes = _regimes(loan)


def _assessed(loan: Loan) -> list[tuple[date, str, str]]:
    """The bank looks at month ends, later than the overdue floor does, and when it judges a borrower."""
    reasons = words()["reasons"]
    history = [(loan.disbursed_on, NORMAL, reasons["granted"])]
    for on in _assessments(loan):
        judged = loan.judged[1] if loan.judged and on >= loan.judged[0] else NORMAL
        days = loan.days_past_due(on)
        overdue = next((c for c, least in OVERDUE_FROM.items() if days >= least), NORMAL)
        found, held = worst_class([judged, overdue]), history[-1][1]
        if found == held or (is_non_performing(held) and severity(found) < severity(held)):
            continue
        history.append((on, found, _reason(loan, found, held, judged, days)))
    return history


def _assessments(loan: Loan) -> list[date]:
    ends = month_ends(loan.disbursed_on, HORIZON)
    ended = min(filter(None, (loan.settled_on, loan.written_off_on)), default=date.max)
    dates = {*ends, loan.judged[0]} if loan.judged else set(ends)
    return sorted(on for on in dates if loan.disbursed_on < on < ended)


def _reason(loan: Loan, found: str, held: str, judged: str, days: int) -> str:
    reasons = words()["reasons"]
    if severity(found) < severity(held):
        return str(reasons["cured"])
    if found != judged:
        return str(reasons["overdue"].format(days=days))
    if loan.extended_on:
        return str(reasons["extended"])
    return str(dice("judged", loan.loan_no).choice(reasons["judged"]))


def _spread(siblings: list[Loan]) -> None:
    """More than a tenth of a firm's debt non-performing makes all of it so (rule book 2.1)."""
    for source in siblings:
        for on, found, _ in [entry for entry in source.classes if is_non_performing(entry[1])]:
            total = sum(loan.balance(on) for loan in siblings if loan.is_live(on))
            if total and source.balance(on) > total * CONTAGION:
                for loan in siblings:
                    _infect(loan, on, found)


def _infect(loan: Loan, on: date, found: str) -> None:
    """The loan is at least in that class from the day on."""
    if not loan.is_live(on) or severity(loan.classification(on)) >= severity(found):
        return
    reason = words()["reasons"]["contagion"]
    later = [e for e in loan.classes if e[0] > on and severity(e[1]) > severity(found)]
    loan.classes = [*(e for e in loan.classes if e[0] < on), (on, found, reason), *later]


def _regimes(loan: Loan) -> list[tuple[date, str]]:
    """The key regime for what is large, bad, or watched and not small; the regular one for the rest."""
    history: list[tuple[date, str]] = []
    for on, found, _ in loan.classes:
        watched = found == SPECIAL_MENTION and loan.terms.principal >= WATCHED
        key = watched or is_non_performing(found) or loan.terms.principal >= LARGE
        regime = "key" if key else "regular"
        if not history or history[-1][1] != regime:
            history.append((on, regime))
    return history
