"""The demo's people at work: most duties are done in time, some late, some not; one officer is behind.

What happens when hangs on the duty alone, so a day that is acted again changes nothing.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from random import Random

from django.db.models import QuerySet

from approvals.enums import Outcome
from approvals.models import Request
from approvals.services import decide, request_waiver
from core import clock
from core.selectors import workday_calendar
from duties.enums import DutyState, SubjectType
from duties.models import Digest, Duty
from duties.permissions import SIGNATURE
from duties.services import complete
from inspections.enums import KIND_OF_DUTY
from inspections.models import InspectionReport
from org.models import User
from postloan.demo.letters import KINDS, send, take_receipts
from postloan.demo.timeline import BUSINESS_DATE, DAILY_SINCE, FIRST_DELIVERY
from postloan.demo.words import dice, words
from postloan.demo.writing import (
    correct,
    opinion_on_report,
    review,
    write_and_submit,
    write_logs,
)

IN_TIME, LATE = 0.9, 0.06
BEHIND = "rm05"
BEHIND_IN_TIME, BEHIND_LATE = 0.35, 0.15
LEGAL = ("GUARANTEE_EXPIRY", "LIMITATION_EXPIRY")
"""Nobody closes these by a note: a lawyer acts."""
BY_THE_BOOK = ("COLLATERAL_CHECK", "RATING_")
"""The delivery brings the proof."""
BACKLOG = timedelta(days=75)
OFFICE_HOURS = (9 * 60, 17 * 60)
DAY_CHECKS = ("INTEREST_CHECK", "MATURITY_CHECK")
LOOK_THEMSELVES = 0.35
"""Of the checks on the day itself most are left to the night, which closes those that were paid."""
WAIVABLE = ("LOG_MONTHLY_MIN", "INTEREST_REMINDER", "MATURITY_NOTICE", "REPORT_MONTH", "NPL_DUN")
ASK, REFUSE = 0.6, 0.25


BY_FORM: dict[str, Callable[[Duty, User, date], object]] = {
    **dict.fromkeys(KIND_OF_DUTY, write_and_submit),
    **dict.fromkeys(KINDS, send),
    "LOG_MONTHLY_MIN": write_logs,
    "LOG_REVIEW": review,
    "RESUBMIT": correct,
}
ALWAYS_BY_FORM = ("LOG_REVIEW", "RESUBMIT")
PLAYED = ("rm01",)


def act(today: date) -> int:
    """Everybody does what they do on this business date; how many duties they closed."""
    if not workday_calendar().is_workday(today):
        return 0
    duties = list(
        Duty.objects.open()
        .filter(opens_on__lte=today, owner__isnull=False)
        .select_related("owner", "branch")
        .order_by("pk")
    )
    own = [duty for duty in duties if not duty.code.startswith(_left_alone(duty))]
    return _do(own, today) + _sign(duties, today) + _ask(own, today)


def _left_alone(duty: Duty) -> tuple[str, ...]:
    return (*LEGAL, SIGNATURE) if _is_old(duty) else (*LEGAL, *BY_THE_BOOK, SIGNATURE)


def _is_old(duty: Duty) -> bool:
    """What was owed long ago has been made up for: an office lives with months of backlog, not with years."""
    return duty.due_on < BUSINESS_DATE - BACKLOG


def read_reminders() -> None:
    """People have read their reminders up to the last days."""
    unread = Digest.objects.filter(business_date__lt=BUSINESS_DATE - timedelta(days=2), read_at=None)
    unread.update(read_at=clock.now())


def _do(duties: Iterable[Duty], today: date) -> int:
    """The owners close what they have done."""
    ready = [duty for duty in duties if (done_on := _done_on(duty, _fate(duty))) and done_on <= today]
    for duty in ready:
        with _at_work(duty, today):
            _discharge(duty, today)
    take_receipts(today)
    return len(ready)


def _discharge(duty: Duty, today: date) -> None:
    """By its own form where the demo tells that much, else by a note; a report may answer several at once."""
    duty.refresh_from_db(fields=["state"])
    if duty.state != DutyState.OPEN:
        return
    owner = _owner(duty)
    if duty.code in ALWAYS_BY_FORM or (duty.code in BY_FORM and _is_told_in_full(duty)):
        BY_FORM[duty.code](duty, owner, today)
    else:
        complete(duty, actor=owner, business_date=today, note=_note(duty.code))


def _is_told_in_full(duty: Duty) -> bool:
    """The officers whom visitors play are told for the whole year, everybody for the last weeks."""
    return duty.due_on >= DAILY_SINCE or _owner(duty).employee_no in PLAYED


def _at_work(duty: Duty, today: date) -> AbstractContextManager[None]:
    return clock.telling(today, dice("time", duty.code, duty.subject_no, today).randint(*OFFICE_HOURS))


def _owner(duty: Duty) -> User:
    assert duty.owner is not None  # the others were left out
    return duty.owner


def _fate(duty: Duty) -> Random:
    return dice("act", duty.code, duty.subject_no, duty.period_key)


def _done_on(duty: Duty, fate: Random) -> date | None:
    """In time, the nearer the deadline the likelier; a few days late; or not at all."""
    behind = _owner(duty).employee_no == BEHIND
    in_time, late = (BEHIND_IN_TIME, BEHIND_LATE) if behind else (IN_TIME, LATE)
    chance = fate.random()
    if duty.code.startswith(BY_THE_BOOK):
        return duty.due_on + timedelta(days=fate.randint(7, 45))
    if duty.code in DAY_CHECKS and chance > LOOK_THEMSELVES:
        return duty.due_on + timedelta(days=fate.randint(1, 3))
    if chance < in_time:
        start = min(_earliest(duty), duty.due_on)
        return start + timedelta(days=round((duty.due_on - start).days * fate.random() ** 0.6))
    if chance < in_time + late:
        return duty.due_on + timedelta(days=fate.randint(1, 6))
    return duty.due_on + timedelta(days=fate.randint(7, 45)) if _is_old(duty) else None


def _earliest(duty: Duty) -> date:
    """Nobody acted before the bank went live; a report is written when its period is over."""
    written_from = duty.anchor_on if duty.code.startswith("REPORT_") else FIRST_DELIVERY
    return max(written_from + timedelta(days=1), duty.opens_on)


def _note(code: str) -> str:
    """The note under the longest beginning that fits the code."""
    notes: dict[str, str] = words()["notes"]
    fitting = [start for start in notes if code.startswith(start)]
    return notes[max(fitting, key=len)] if fitting else notes["other"]


def _ask(duties: Iterable[Duty], today: date) -> int:
    """Some owners who let a deadline pass ask to be released from it; that closes nothing yet."""
    for duty in duties:
        late = duty.code in WAIVABLE and duty.due_on < today
        if late and _asks_on(duty) == today and not _requests(duty).exists():
            with _at_work(duty, today):
                request_waiver(
                    duty, actor=_owner(duty), business_date=today, reason=words()["waivers"]["reason"]
                )
    return 0


def _sign_report(request: Request, duty: Duty, today: date) -> None:
    report = InspectionReport.objects.get(report_no=request.subject_no)
    outcome, opinion = opinion_on_report(report.borrower_id, report.submission, request.level)
    with _at_work(duty, today):
        decide(request, actor=_owner(duty), business_date=today, outcome=outcome, opinion=opinion)


def _asks_on(duty: Duty) -> date | None:
    """For what will not be done any more: soon after the deadline, or all at once on the last day."""
    fate = _fate(duty)
    if _done_on(duty, fate) is not None or fate.random() > ASK:
        return None
    if _owner(duty).employee_no == BEHIND:
        return BUSINESS_DATE
    return workday_calendar().add_workdays(duty.due_on, fate.randint(1, 3))


def _requests(duty: Duty) -> "QuerySet[Request]":
    return Request.objects.filter(subject_type=SubjectType.DUTY, subject_no=str(duty.pk))


def _sign(duties: Iterable[Duty], today: date) -> int:
    """Those asked decide on the last day they have: most agree."""
    waiting = [duty for duty in duties if duty.code.startswith(SIGNATURE) and duty.due_on <= today]
    opinions = words()["waivers"]
    for duty in waiting:
        request = Request.objects.get(number=duty.period_key)
        if request.subject_type == SubjectType.INSPECTION_REPORT:
            _sign_report(request, duty, today)
            continue
        # By what is asked, not by its number: that differs from database to database.
        fate = dice("sign", request.payload.get("code"), request.borrower_no, request.submitted_on)
        refused = fate.random() < REFUSE
        with _at_work(duty, today):
            decide(
                request,
                actor=_owner(duty),
                business_date=today,
                outcome=Outcome.REJECT if refused else Outcome.APPROVE,
                opinion=opinions["refused" if refused else "approved"],
            )
    return len(waiting)
