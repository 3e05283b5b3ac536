"""Which notices, day checks, letters, breach reports and legal dates a day opens (contracts section 3)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from collections_app.rules import DEFAULT_READINGS
from collections_app.selectors import unpaid_at, unpaid_maturity
from collections_app.watches import Watch, Window, ahead, in_play, judged
from core.functions import JoinedText
from core.periods import Period, period_containing
from duties.models import Duty
from duties.planning import ONE_DAY, Opening, RunContext, deadline_of, explain, opening, owner_of, planner
from loans.enums import NON_PERFORMING
from loans.models import Borrower, Guarantee, Instalment, Loan, Repayment

GUARANTEE_NO = Concat(F("loan__loan_no"), Value("/"), F("guarantor_no"))
GUARANTOR = {"guarantor": F("name"), "liability": F("liability")}


def _loans(context: RunContext) -> QuerySet[Any]:
    return Loan.objects.filter(context.in_branches(), _live(context))


def _of_loans(rows: QuerySet[Any], context: RunContext) -> QuerySet[Any]:
    return rows.filter(context.in_branches("loan__branch"), _live(context, "loan__"))


def _live(context: RunContext, loan: str = "") -> Q:
    """Settled, written-off and empty loans owe no notice (contracts section 2)."""
    ended = f"{loan}ended_on"
    return Q(**{f"{ended}__isnull": True}) | Q(**{f"{ended}__gt": context.day})


def _interest(context: RunContext) -> QuerySet[Any]:
    return _of_loans(Instalment.objects.filter(interest_due__gt=0), context)


def _matured_unpaid(rows: QuerySet[Any], paid_by: Any, **scope: Any) -> QuerySet[Any]:
    return rows.alias(paid_by=paid_by).filter(unpaid_maturity(OuterRef("paid_by"), **scope))


# --- ahead: by the calendar


@planner("maturity_notices")
def plan_maturity_notices(context: RunContext) -> Iterator[Opening]:
    """Maturity notices of loans that are not paid in full already (RPY-1)."""
    loans = _loans(context).filter(unpaid_maturity(context.day))
    facts = {"disbursed_on": F("disbursed_on")}
    return Watch(
        ahead("MATURITY_NOTICE", context), lambda _: loans, on="matures_on", loan="", facts=facts
    ).openings()


@planner("maturity_checks")
def plan_maturity_checks(context: RunContext) -> Iterator[Opening]:
    """The check on the maturity date, of prepaid loans too (RPY-3)."""
    loans = _loans(context)
    return Watch(ahead("MATURITY_CHECK", context), lambda _: loans, on="matures_on", loan="").openings()


@planner("interest_reminders")
def plan_interest_reminders(context: RunContext) -> Iterator[Opening]:
    """Reminders of interest dates that are not paid already (INT-1)."""
    rows = _interest(context).filter(unpaid_at(context.day))
    facts = {"disbursed_on": F("loan__disbursed_on")}
    return Watch(ahead("INTEREST_REMINDER", context), lambda _: rows, on="due_on", facts=facts).openings()


@planner("interest_checks")
def plan_interest_checks(context: RunContext) -> Iterator[Opening]:
    """The check on the interest date, of prepaid interest too (INT-2)."""
    rows = _interest(context)
    return Watch(ahead("INTEREST_CHECK", context), lambda _: rows, on="due_on").openings()


# --- judged: by what was unpaid


@planner("interest_dunning")
def plan_interest_dunning(context: RunContext) -> Iterator[Opening]:
    """Letters about interest unpaid at the close of its date (INT-3)."""
    rows = _interest(context)
    return Watch(
        judged("DUN_INTEREST", context), lambda paid_by: rows.filter(unpaid_at(paid_by)), on="due_on"
    ).openings()


@planner("principal_dunning")
def plan_principal_dunning(context: RunContext) -> Iterator[Opening]:
    """Letters to borrowers of loans unpaid at the close of their maturity (RPY-5)."""
    loans = _loans(context)
    return Watch(
        judged("DUN_PRINCIPAL", context),
        lambda paid_by: _matured_unpaid(loans, paid_by),
        on="matures_on",
        loan="",
    ).openings()


@planner("guarantor_notices")
def plan_guarantor_notices(context: RunContext) -> Iterator[Opening]:
    """Demands to every guarantor of these loans: one does not bind another (RPY-5)."""
    guarantees = _of_loans(Guarantee.objects.all(), context)
    return Watch(
        judged("GUARANTOR_NOTICE", context),
        lambda paid_by: _matured_unpaid(guarantees, paid_by, loan="loan__"),
        on="loan__matures_on",
        columns={"subject_no": GUARANTEE_NO},
        facts=GUARANTOR,
    ).openings()


@planner("breach_reports")
def plan_breach_reports(context: RunContext) -> Iterator[Opening]:
    """The report of a default (BRC-1): one per spell of arrears, named by its first unpaid due date.

    A spell begins with an instalment unpaid at the close of its date while nothing before it is. Going live
    reports every loan that is overdue, however long.
    """
    window = judged("BREACH_REPORT", context)
    if window.sweeps:
        return _breaches(replace(window, low=dt.date.min), context, since=dt.date.min)
    return _breaches(window, context)


@planner("breach_reports_of_arrivals")
def plan_breach_reports_of_arrivals(context: RunContext) -> Iterator[Opening]:
    """Loans that are delivered later and were in arrears before the bank went live: one report each."""
    window = judged("BREACH_REPORT", context)
    if window.sweeps:
        return iter(())
    reported = Duty.objects.filter(code="BREACH_REPORT", subject_no=OuterRef("loan__loan_no"))
    arrived = Q(~Exists(reported), loan__in=in_play(context).values("loan"))
    before = replace(window, low=dt.date.min, high=window.low - ONE_DAY, sweeps=True)
    return _breaches(before, context, arrived, since=dt.date.min)


def _breaches(
    window: Window, context: RunContext, *which: Q, since: dt.date | None = None
) -> Iterator[Opening]:
    rows = _of_loans(Instalment.objects.filter(*which), context)

    def first_unpaid(paid_by: Any) -> QuerySet[Any]:
        earlier = Instalment.objects.filter(
            unpaid_at(OuterRef("paid_by")), loan=OuterRef("loan"), due_on__lt=OuterRef("due_on")
        )
        return rows.alias(paid_by=paid_by).filter(unpaid_at(paid_by), ~Exists(earlier))

    return Watch(window, first_unpaid, on="due_on", since=since).openings()


# --- legal dates: they count from the contract date, whatever the bank reads about days off


def _by_law(code: str, context: RunContext) -> Window:
    return judged(code, context, readings=DEFAULT_READINGS)


@planner("guarantee_expiries")
def plan_guarantee_expiries(context: RunContext) -> Iterator[Opening]:
    """The end of each guarantee period, once the debt has matured unpaid (Civil Code 692, 693)."""
    alive = Guarantee.objects.filter(expires_on__gte=context.started_on)
    guarantees = _of_loans(alive.filter(expires_on__gte=F("loan__matures_on")), context)
    return Watch(
        replace(_by_law("GUARANTEE_EXPIRY", context), low=dt.date.min),
        lambda paid_by: _matured_unpaid(guarantees, paid_by, loan="loan__", whole_debt=True),
        on="loan__matures_on",
        columns={
            "subject_no": GUARANTEE_NO,
            "opens_on": F("loan__matures_on"),
            "due_on": F("expires_on"),
            "provisional": False,
        },
        facts={**GUARANTOR, "period_ends_on": F("period_ends_on")},
        by_expiry=True,
    ).openings()


@planner("limitation_expiries")
def plan_limitation_expiries(context: RunContext) -> Iterator[Opening]:
    """The end of limitation, counted from the last due date, the maturity (Civil Code 188, 189)."""
    window = _by_law("LIMITATION_EXPIRY", context)
    loans = _loans(context).filter(~Exists(_repaid_after("matures_on", window, loan="pk")))
    return Watch(
        window,
        lambda paid_by: _matured_unpaid(loans, paid_by, whole_debt=True),
        on="matures_on",
        loan="",
        by_expiry=True,
    ).openings()


@planner("limitation_interruptions")
def plan_limitation_interruptions(context: RunContext) -> Iterator[Opening]:
    """Limitation starts again with the newest part payment after maturity (Civil Code 195).

    A repayment brings its loan into play on its day, so the day's repayments of the book are not looked at.
    """
    window = replace(_by_law("LIMITATION_EXPIRY", context), new=[])
    # The constant says again what the columns do, for an index: most loans have not matured.
    matured = Repayment.objects.filter(loan__matures_on__lt=window.high, paid_on__gt=F("loan__matures_on"))
    newest = matured.filter(~Exists(_repaid_after("paid_on", window, loan="loan")))
    rows = _of_loans(newest, context)
    return Watch(
        window,
        lambda paid_by: _matured_unpaid(rows, paid_by, loan="loan__", whole_debt=True),
        on="paid_on",
        facts={"interrupted_by": F("repayment_no")},
        by_expiry=True,
    ).openings()


def _repaid_after(on: str, window: Window, *, loan: str) -> QuerySet[Any]:
    """Repayments known to the run that are later than the row's date."""
    return Repayment.objects.filter(
        loan=OuterRef(loan), paid_on__gt=OuterRef(on), paid_on__lte=window.context.judged_until
    )


# --- non-performing borrowers


@planner("npl_dunning")
def plan_npl_dunning(context: RunContext) -> Iterator[Opening]:
    """Monthly dunning of borrowers non-performing before the hand-over (NPL-1).

    Opens for all of them with the month, and for one that becomes so inside the month at once.
    """
    loans = npl_loans(context)
    month = period_containing(context.day, "month")
    changed = loans if context.first else loans.filter(pk__in=in_play(context).values("loan"))
    yield _npl_dunning(month, changed, context)
    if context.horizon > month.end:
        yield _npl_dunning(month.next(), loans, context)


def npl_loans(context: RunContext) -> QuerySet[Any]:
    """Non-performing loans with a balance at the close of the day, not handed to asset preservation."""
    return live_loans(context).filter(classification__in=NON_PERFORMING)


def live_loans(context: RunContext) -> QuerySet[Any]:
    """Loans with a balance at the close of the day, not handed to asset preservation."""
    kept = Q(transferred_on__isnull=True) | Q(transferred_on__gt=context.day)
    return Loan.objects.outstanding(context.day).filter(kept)


def _npl_dunning(month: Period, because_of: QuerySet[Any], context: RunContext) -> Opening:
    rule = context.rules["NPL_DUN"]
    one = deadline_of(month.end, rule, context.calendar)
    same = Duty.objects.filter(code=rule.code, subject_no=OuterRef("borrower_no"), period_key=month.key)
    borrowers = Borrower.objects.filter(context.in_branches(), pk__in=because_of.values("borrower"))
    loans = npl_loans(context).filter(borrower=OuterRef("pk")).order_by().values("borrower")
    return opening(
        rule,
        borrowers.filter(~Exists(same)),
        subject_no=F("borrower_no"),
        period_key=month.key,
        loans=Subquery(loans.annotate(numbers=JoinedText("loan_no")).values("numbers")),
        borrower_no=F("borrower_no"),
        branch=F("branch"),
        owner=owner_of(rule, officer="officer"),
        anchor_on=one.anchor_on,
        opens_on=max(one.opens_on, context.day),
        due_on=one.due_on,
        provisional=one.provisional,
        explanation=explain(rule, period=month.key),
    )
