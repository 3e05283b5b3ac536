"""Collection steps of the daily run: open what fell due, close what the delivery proves, lapse the rest."""

from collections.abc import Callable
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat

from collections_app import planners
from collections_app.enums import NoticeState
from collections_app.models import Notice
from collections_app.rules import NoticeReadings
from collections_app.selectors import (
    INTEREST_CODES,
    LEGAL_CODES,
    MATURITY_CODES,
    paid_on_of_duty,
    unpaid_at,
)
from collections_app.watches import in_play
from core.daily import StepResult
from duties.closing import finish, lapse, reopen
from duties.enums import CloseReason, DutyState
from duties.models import Duty
from duties.planning import Planner, RunContext, open_planned, text
from loans.models import Guarantee, Instalment, Loan, Repayment

DAY_CHECKS = ("MATURITY_CHECK", "INTEREST_CHECK")
AHEAD = ("MATURITY_NOTICE", "INTEREST_REMINDER")
LETTERS = ("DUN_PRINCIPAL", "GUARANTOR_NOTICE", "DUN_INTEREST")
ABOUT_LOANS = (*INTEREST_CODES, *MATURITY_CODES, *LEGAL_CODES, "BREACH_REPORT")


def _about_loans_in_play(context: RunContext) -> QuerySet[Any]:
    """Open duties of whatever kind about loans in play and about their guarantees.

    The kind is left to what is asked of them: its index would be taken for the narrower one.
    """
    loans = Loan.objects.filter(pk__in=in_play(context).values("loan"))
    guarantees = Guarantee.objects.filter(loan__in=in_play(context).values("loan"))
    subjects = loans.values_list("loan_no").union(guarantees.values_list(planners.GUARANTEE_NO), all=True)
    return Duty.objects.open().filter(subject_no__in=subjects)


# --- day checks


def close_day_checks(context: RunContext) -> StepResult:
    """The delivery proves payment on or before the day: the system has done the check (RPY-3, INT-2).

    What was unpaid at the close of the day stays with a person.
    """
    result = StepResult()
    of_these_days = Duty.objects.open().filter(
        context.in_branches(),
        code__in=DAY_CHECKS,
        due_on__gt=context.judged_after,
        due_on__lte=context.judged_until,
    )
    result.add("paid on the day", _finish_paid(of_these_days, context))
    if not context.first:
        known_later = _about_loans_in_play(context).filter(
            code__in=DAY_CHECKS, due_on__lte=context.judged_after
        )
        result.add("paid on the day, known later", _finish_paid(known_later, context))
    return result


def _finish_paid(checks: QuerySet[Any], context: RunContext) -> int:
    settled = Loan.objects.filter(loan_no=OuterRef("loans"), settled_on__lte=OuterRef("due_on"))
    proven = checks.alias(paid=paid_on_of_duty()).filter(Q(paid__lte=F("due_on")) | Exists(settled))
    return finish(
        proven,
        on=context.day,
        done_on=F("due_on"),
        reason=CloseReason.PAID_ON_THE_DAY,
        evidence=Concat(text("loan:"), F("loans")),
    )


# --- what is no longer owed


def lapse_gone(context: RunContext) -> StepResult:
    """Duties about loans in play whose reason has gone; missed when it went after the deadline.

    Paid late, a letter lapses unless the bank reads that it stays; so does a check that nobody made. A breach
    stays to be reported.
    """
    result = StepResult()
    if context.first or not in_play(context).exists():
        return result
    result.add(CloseReason.PAID, _lapse_paid(context))
    result.add("lapsed", _lapse_ended_or_corrected(context))
    result.add("limitation interrupted", _lapse_interrupted(context))
    return result


def reopen_unpaid(context: RunContext) -> StepResult:
    """Letters and legal dates that lapsed as paid, where the payment was taken back: a guarantor would be
    lost over a repayment that was booked by mistake."""
    result = StepResult()
    if context.first or not in_play(context).exists():
        return result
    overdue = Loan.objects.filter(
        pk__in=in_play(context).values("loan"), oldest_unpaid_due_on__lt=context.judged_until
    )
    guarantees = Guarantee.objects.filter(loan__in=overdue)
    subjects = overdue.values_list("loan_no").union(guarantees.values_list(planners.GUARANTEE_NO), all=True)
    lapsed = Duty.objects.filter(subject_no__in=subjects, code__in=[*LETTERS, *LEGAL_CODES])
    unpaid = lapsed.alias(paid=paid_on_of_duty()).filter(paid__isnull=True)
    result.add("opened again", reopen(unpaid, reason=CloseReason.PAID))
    return result


def _lapse_paid(context: RunContext) -> int:
    """Payment after the deadline ends everything, payment before it what need not be looked at on its day."""
    until_due = [*AHEAD, *LEGAL_CODES]
    if context.readings(NoticeReadings).paid_before_dunning_deadline == "lapses":
        until_due += LETTERS
    paid = (
        _about_loans_in_play(context)
        .alias(paid=paid_on_of_duty())
        .filter(Q(code__in=until_due) | Q(paid__gt=F("due_on")), paid__lte=context.day)
    )
    return lapse(paid, on=context.day, reason=CloseReason.PAID, gone_on=F("paid"))


def _lapse_ended_or_corrected(context: RunContext) -> int:
    """One statement for both: they are rare, and finding the duties of the loans in play is the dear part."""
    ended_on = Subquery(Loan.objects.filter(loan_no=OuterRef("loans")).values("ended_on")[:1])
    duties = _about_loans_in_play(context).alias(ended=Case(When(code__in=ABOUT_LOANS, then=ended_on)))
    ended = Q(ended__lte=context.day)
    reason = Case(When(ended, then=Value(CloseReason.ENDED)), default=Value(CloseReason.FACT_CORRECTED))
    # A date that was never right was never owed, so nothing was missed.
    gone_on = Case(When(ended, then=F("ended")), default=F("opens_on"))
    return lapse(duties.filter(ended | _corrected()), on=context.day, reason=reason, gone_on=gone_on)


def _corrected() -> Q:
    """The date that a duty was about is no longer in the contract, or was kept after all."""
    due = Instalment.objects.filter(loan__loan_no=OuterRef("loans"), due_on=OuterRef("anchor_on"))
    matures = Loan.objects.filter(loan_no=OuterRef("loans"), matures_on=OuterRef("anchor_on"))
    expires = Guarantee.objects.alias(number=planners.GUARANTEE_NO).filter(
        loan__loan_no=OuterRef("loans"),
        number=OuterRef("subject_no"),
        expires_on=OuterRef("due_on"),
        loan__matures_on=OuterRef("anchor_on"),
    )
    repaid = Repayment.objects.filter(
        loan__loan_no=OuterRef("loans"), paid_on=OuterRef("anchor_on"), paid_on__gt=F("loan__matures_on")
    )
    return (
        Q(Q(code__in=INTEREST_CODES) & ~Exists(due.filter(interest_due__gt=0)))
        | Q(Q(code__in=MATURITY_CODES) & ~Exists(matures))
        | Q(Q(code="GUARANTEE_EXPIRY") & ~Exists(expires))
        | Q(Q(code="BREACH_REPORT") & ~Exists(due.filter(unpaid_at(OuterRef("anchor_on")))))
        | Q(Q(code="LIMITATION_EXPIRY") & ~Exists(matures) & ~Exists(repaid))
    )


def _lapse_interrupted(context: RunContext) -> int:
    """An interruption has opened a newer end of limitation; those open are few, so all are looked at."""
    newer = Duty.objects.open().filter(
        code="LIMITATION_EXPIRY", subject_no=OuterRef("subject_no"), anchor_on__gt=OuterRef("anchor_on")
    )
    old = Duty.objects.open().filter(context.in_branches(), Exists(newer), code="LIMITATION_EXPIRY")
    return lapse(old, on=context.day, reason=CloseReason.REPLACED)


# --- non-performing borrowers


def lapse_npl_dunning(context: RunContext) -> StepResult:
    """Monthly dunning is owed for months at whose last day the borrower is non-performing with a balance."""
    result = StepResult()
    duties = Duty.objects.open().filter(code="NPL_DUN")
    touched = Loan.objects.filter(pk__in=in_play(context).values("loan"))
    of_touched = duties.filter(subject_no__in=touched.values("borrower__borrower_no"))
    for reason, loans in (
        (CloseReason.NO_BALANCE, Loan.objects.outstanding(context.day)),
        (CloseReason.TRANSFERRED, planners.live_loans(context)),
    ):
        result.add(reason, lapse(of_touched.filter(~_has(loans)), on=context.day, reason=reason))
    month_over = duties.filter(
        context.in_branches(), due_on__gt=context.previous or context.day, due_on__lte=context.day
    )
    cured = month_over.filter(~_has(planners.npl_loans(context)))
    result.add(CloseReason.NOT_NPL, lapse(cured, on=context.day, reason=CloseReason.NOT_NPL))
    return result


def _has(loans: QuerySet[Any]) -> Exists:
    """Whether the borrower that a duty is about has one of these loans."""
    return Exists(loans.filter(borrower__borrower_no=OuterRef("subject_no")))


# --- letters


def void_unsent(context: RunContext) -> StepResult:
    """Letters that were issued and not sent are void once their duty has gone; they say why."""
    result = StepResult()
    reason = Duty.objects.filter(pk=OuterRef("duty"), state__in=(DutyState.LAPSED, DutyState.WAIVED))
    gone = Notice.objects.unsent().filter(context.in_branches(), Exists(reason))
    voided = gone.update(
        state=NoticeState.VOID, state_note=Subquery(reason.values("close_reason")), version=F("version") + 1
    )
    result.add("letters voided", voided)
    return result


def _opens(plan: Planner) -> Callable[[RunContext], StepResult]:
    return lambda context: StepResult(open_planned(plan, context))


STEPS: tuple[tuple[str, Callable[[RunContext], StepResult]], ...] = (
    ("collections.maturity_notices", _opens(planners.plan_maturity_notices)),
    ("collections.maturity_checks", _opens(planners.plan_maturity_checks)),
    ("collections.interest_reminders", _opens(planners.plan_interest_reminders)),
    ("collections.interest_checks", _opens(planners.plan_interest_checks)),
    ("collections.interest_dunning", _opens(planners.plan_interest_dunning)),
    ("collections.principal_dunning", _opens(planners.plan_principal_dunning)),
    ("collections.guarantor_notices", _opens(planners.plan_guarantor_notices)),
    ("collections.breach_reports", _opens(planners.plan_breach_reports)),
    ("collections.breach_arrivals", _opens(planners.plan_breach_reports_of_arrivals)),
    ("collections.guarantee_expiries", _opens(planners.plan_guarantee_expiries)),
    ("collections.limitation_expiries", _opens(planners.plan_limitation_expiries)),
    ("collections.limitation_interruptions", _opens(planners.plan_limitation_interruptions)),
    ("collections.npl_dunning", _opens(planners.plan_npl_dunning)),
    ("collections.day_checks", close_day_checks),
    ("collections.lapses", lapse_gone),
    ("collections.reopened", reopen_unpaid),
    ("collections.npl_lapses", lapse_npl_dunning),
    ("collections.void_letters", void_unsent),
)
