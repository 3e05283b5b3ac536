"""Duties that follow from the book itself: ratings, group exchange, the ledger's year-end."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from core.daily import StepResult
from core.periods import Period, period_containing
from duties.closing import finish, lapse
from duties.enums import CloseReason
from duties.models import Duty
from duties.planning import (
    ONE_DAY,
    Opening,
    RunContext,
    deadline_of,
    explain,
    open_planned,
    opening,
    owner_of,
    planner,
)
from duties.rules import Rule
from loans.enums import RatingKind
from loans.models import Borrower, Guarantee, Loan, Rating
from org.models import Branch

ANY_RATING = RatingKind.values
FORMAL = [RatingKind.FORMAL.value]
RATING_KINDS = {"RATING_ANNUAL": FORMAL, "RATING_QUARTERLY_REVIEW": ANY_RATING}
GUARANTEE_NO = Concat(F("loan__loan_no"), Value("/"), F("guarantor_no"))


def _outstanding(context: RunContext) -> QuerySet[Any]:
    return Loan.objects.outstanding(context.day)


def _rated(subject_no: Any, kinds: list[str], since: dt.date, context: RunContext) -> Exists:
    """Rated since a date, as far as was known on the day."""
    rated = Rating.objects.filter(subject_no=subject_no, kind__in=kinds)
    return Exists(rated.filter(rated_on__gte=since, rated_on__lte=context.day))


def _windows(rule: Rule, context: RunContext, kind: Any) -> Iterator[tuple[Period, dict[str, Any]]]:
    """Ended periods of a kind whose duty exists on the horizon and is not due before the start.

    On a normal day the one that ends on the horizon; on the first run the last ended one, if still due.
    """
    period = period_containing(context.horizon, kind)
    periods = [period] if period.end == context.horizon else []
    if context.first:
        periods.append(period_containing(period.start - ONE_DAY, kind))
    for ended in periods:
        one = deadline_of(ended.end, rule, context.calendar)
        if one.due_on >= context.started_on:
            yield ended, _dates(one)


def _dates(one: Any) -> dict[str, Any]:
    return {
        "anchor_on": one.anchor_on,
        "opens_on": one.opens_on,
        "due_on": one.due_on,
        "provisional": one.provisional,
    }


@planner("ratings")
def plan_ratings(context: RunContext) -> Iterator[Opening]:
    """Yearly rating of borrower and guarantor (RAT-1), quarterly review of the borrower (RAT-3)."""
    annual, quarterly = context.rules["RATING_ANNUAL"], context.rules["RATING_QUARTERLY_REVIEW"]
    for year, dates in _windows(annual, context, "year"):
        new_year = year.end + ONE_DAY
        yield from _rating_of_year(annual, new_year, dates, context)
    for quarter, dates in _windows(quarterly, context, "quarter"):
        unrated = _borrowers(context).exclude(
            _rated(OuterRef("borrower_no"), ANY_RATING, quarter.start, context)
        )
        yield _rating_of_borrower(quarterly, unrated, quarter.key, dates)


def _rating_of_year(
    rule: Rule, new_year: dt.date, dates: dict[str, Any], context: RunContext
) -> Iterator[Opening]:
    borrowers = _borrowers(context).exclude(_rated(OuterRef("borrower_no"), FORMAL, new_year, context))
    unrated = borrowers.exclude(rated_on__gte=new_year, rated_on__lte=context.day)
    yield _rating_of_borrower(rule, unrated, str(new_year.year), dates)
    guarantees = (
        Guarantee.objects.filter(context.in_branches("loan__branch"), loan__in=_outstanding(context))
        .alias(guarantee_no=GUARANTEE_NO)
        .exclude(_rated(OuterRef("guarantee_no"), FORMAL, new_year, context))
    )
    yield opening(
        rule,
        guarantees,
        subject_type="guarantor",
        subject_no=GUARANTEE_NO,
        period_key=str(new_year.year),
        borrower_no=F("loan__borrower__borrower_no"),
        loans=F("loan__loan_no"),
        branch=F("loan__branch"),
        owner=owner_of(rule, branch="loan__branch", officer="loan__officer"),
        explanation=explain(rule, year=str(new_year.year), guarantor=F("name")),
        **dates,
    )


def _borrowers(context: RunContext) -> QuerySet[Any]:
    """Borrowers with a loan outstanding at the close of the day."""
    owed = _outstanding(context).filter(borrower=OuterRef("pk"))
    return Borrower.objects.filter(context.in_branches(), Exists(owed))


def _rating_of_borrower(rule: Rule, source: QuerySet[Any], key: str, dates: dict[str, Any]) -> Opening:
    return opening(
        rule,
        source,
        subject_no=F("borrower_no"),
        period_key=key,
        borrower_no=F("borrower_no"),
        branch=F("branch"),
        owner=owner_of(rule, officer="officer"),
        explanation=explain(rule, period=key),
        **dates,
    )


@planner("groups")
def plan_group_exchange(context: RunContext) -> Iterator[Opening]:
    """Half-yearly exchange between lead and participating branches, one duty per direction (GRP-2).

    The subject is ``group/owing branch>other branch``.
    """
    rule = context.rules["GROUP_HALF_YEAR"]
    members = (
        _outstanding(context)
        .filter(borrower__group__lead_branch__isnull=False)
        .exclude(branch=F("borrower__group__lead_branch"))
    )
    for half, dates in _windows(rule, context, "half_year"):
        for owing, other in (
            ("branch", "borrower__group__lead_branch"),
            ("borrower__group__lead_branch", "branch"),
        ):
            pairs = members.filter(context.in_branches(owing)).distinct()
            yield opening(
                rule,
                pairs,
                subject_no=Concat(
                    F("borrower__group__group_no"),
                    Value("/"),
                    F(f"{owing}__branch_no"),
                    Value(">"),
                    F(f"{other}__branch_no"),
                ),
                period_key=half.key,
                branch=F(owing),
                owner=owner_of(rule, branch=owing),
                explanation=explain(rule, period=half.key, group=F("borrower__group__name")),
                **dates,
            )


@planner("ledger")
def plan_ledger_year_end(context: RunContext) -> Iterator[Opening]:
    """Carry-forward of the year's ledger, per branch that has loans on its books (LED-3)."""
    rule = context.rules["LEDGER_YEAR_END"]
    for year, dates in _windows(rule, context, "year"):
        on_books = Exists(_outstanding(context).filter(branch=OuterRef("pk")))
        yield opening(
            rule,
            Branch.objects.filter(context.in_branches("pk"), on_books),
            subject_no=F("branch_no"),
            period_key=year.key,
            branch=F("pk"),
            owner=owner_of(rule, branch="pk"),
            explanation=explain(rule, year=year.key),
            **dates,
        )


def close_ratings(context: RunContext) -> StepResult:
    """A rating on file closes the duty; a borrower or loan that has ended owes none.

    Looks at the subjects of ratings that took effect since the last run and of loans in play (the import
    puts them there when a rating arrives late).
    """
    result = StepResult()
    for code, kinds in RATING_KINDS.items():
        duties = _rating_duties_to_look_at(context).filter(code=code)
        on_file = Rating.objects.filter(
            subject_no=OuterRef("subject_no"),
            kind__in=kinds,
            rated_on__gt=OuterRef("anchor_on"),
            rated_on__lte=context.day,
        ).order_by("rated_on")
        done = finish(
            duties.filter(Exists(on_file)),
            on=context.day,
            done_on=Subquery(on_file.values("rated_on")[:1]),
            reason=CloseReason.EVIDENCE,
            evidence=Concat(Value("rating:"), F("subject_no")),
        )
        result.add(f"{code} done", done)
        result.add(
            f"{code} lapsed", lapse(_of_ended(duties, context), on=context.day, reason=CloseReason.ENDED)
        )
    return result


def _rating_duties_to_look_at(context: RunContext) -> QuerySet[Any]:
    """Open duties whose subject was rated since the last run, or whose borrower has a loan in play."""
    since = context.previous or context.day
    in_play = Loan.objects.filter(context.in_branches(), change__isnull=False)
    subjects = (
        Rating.objects.filter(rated_on__gt=since, rated_on__lte=context.day)
        .values_list("subject_no")
        .union(
            in_play.values_list("borrower__borrower_no"),
            Guarantee.objects.filter(
                context.in_branches("loan__branch"), loan__change__isnull=False
            ).values_list(GUARANTEE_NO),
        )
    )
    return Duty.objects.open().filter(context.in_branches(), subject_no__in=subjects)


def _of_ended(duties: QuerySet[Any], context: RunContext) -> QuerySet[Any]:
    """Rating duties of borrowers with nothing outstanding, or of guarantees whose loan has ended."""
    owed = _outstanding(context).filter(borrower__borrower_no=OuterRef("borrower_no"))
    guaranteed = _outstanding(context).filter(loan_no=OuterRef("loans"))
    return duties.filter(
        Q(Q(subject_type="borrower") & ~Exists(owed)) | Q(Q(subject_type="guarantor") & ~Exists(guaranteed))
    )


def _opens(function: Callable[[RunContext], Iterator[Opening]]) -> Callable[[RunContext], StepResult]:
    return lambda context: StepResult(open_planned(function, context))


STEPS: tuple[tuple[str, Callable[[RunContext], StepResult]], ...] = (
    ("loans.ratings.close", close_ratings),
    ("loans.ratings", _opens(plan_ratings)),
    ("loans.groups", _opens(plan_group_exchange)),
    ("loans.ledger", _opens(plan_ledger_year_end)),
)
