"""Activities and work logs: two working days to write, two to review, and the month's minimum."""

from datetime import date
from typing import Any

import pytest

from core.errors import ApplicationError, Conflict, PermissionRefused
from core.models import AuditEvent
from duties.models import Duty
from inspections.models import Activity, WorkLog, WorkLogReview
from inspections.services import (
    draft_work_log,
    record_activity,
    return_work_log,
    sign_work_log,
    submit_work_log,
    write_work_log,
)
from loans.models import Borrower
from org.models import Delegation, User
from tests.builders import build_borrower, build_loan, day
from tests.cast import Cast
from tests.inspections.books import close, contexts

pytestmark = pytest.mark.django_db

FRIDAY, MONDAY, TUESDAY = date(2026, 6, 5), date(2026, 6, 8), date(2026, 6, 9)
FACT = {
    "category": "market",
    "fact": "Orders fell by 12 % against May",
    "source": "order book",
    "effect": "watch",
}
OPINION = "Ask for the June order book at the next visit."


@pytest.fixture
def borrower(cast: Cast) -> Borrower:
    return build_borrower("B1", cast.branches["S01"], cast.rm_a)


def recorded(cast: Cast, borrower: Borrower, **fields: Any) -> Activity:
    values = {"actor": cast.rm_a, "business_date": FRIDAY, "kind": "site_visit", "ended_on": FRIDAY}
    return record_activity(borrower=borrower, **{**values, **fields})


def submitted(cast: Cast, borrower: Borrower, on: date = MONDAY, **fields: Any) -> WorkLog:
    values = {"kind": "site_visit", "activity_on": FRIDAY, "facts": [FACT]}
    log = draft_work_log(actor=cast.rm_a, business_date=on, borrower=borrower, **{**values, **fields})
    return submit_work_log(log, actor=cast.rm_a, business_date=on)


def signed(cast: Cast, log: WorkLog, on: date = TUESDAY) -> WorkLog:
    return sign_work_log(log, actor=cast.supervisor_a, business_date=on, opinion=OPINION)


def duty(code: str) -> Duty:
    return Duty.objects.get(code=code)


def test_an_activity_owes_a_log_within_two_working_days(cast: Cast, borrower: Borrower) -> None:
    activity = recorded(cast, borrower, began_on=date(2026, 6, 4))
    entry = duty("LOG_ENTRY")
    assert (entry.subject_type, entry.subject_no, entry.period_key) == (
        "activity",
        activity.activity_no,
        "2026-06-05",
    )
    assert (entry.anchor_on, entry.opens_on, entry.due_on) == (FRIDAY, FRIDAY, TUESDAY)
    assert (entry.owner, entry.branch, entry.borrower_no) == (cast.rm_a, cast.branches["S01"], "B1")
    assert entry.rule is not None
    assert entry.explanation["kind"] == "site_visit"
    assert AuditEvent.objects.get().action == "activity.recorded"


def test_a_call_alone_owes_no_log(cast: Cast, borrower: Borrower) -> None:
    recorded(cast, borrower, kind="phone")
    assert not Duty.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ended_on": date(2026, 6, 6)}, "activity_range"),
        ({"began_on": date(2026, 6, 6), "ended_on": FRIDAY}, "activity_range"),
        ({"kind": "party"}, "unknown_kind"),
    ],
)
def test_nonsense_is_refused(cast: Cast, borrower: Borrower, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(ApplicationError) as refusal:
        recorded(cast, borrower, **fields)
    assert refusal.value.code == code
    assert not Activity.objects.exists()


@pytest.mark.parametrize("who", ["rm_b", "auditor", "admin", "risk", "outsider"])
def test_others_do_not_record(cast: Cast, borrower: Borrower, who: str) -> None:
    with pytest.raises(PermissionRefused):
        recorded(cast, borrower, actor=cast.people()[who])


def test_submission_closes_the_entry_and_asks_the_supervisor(cast: Cast, borrower: Borrower) -> None:
    log = submitted(cast, borrower, activity=recorded(cast, borrower))
    entry, review = duty("LOG_ENTRY"), duty("LOG_REVIEW")
    assert (entry.state, entry.done_on, entry.evidence) == ("done", MONDAY, f"work_log:{log.log_no}")
    assert (review.subject_type, review.subject_no, review.period_key) == ("work_log", log.log_no, "1")
    assert (review.anchor_on, review.due_on, review.owner) == (MONDAY, date(2026, 6, 10), cast.supervisor_a)
    assert (log.state, log.submission, log.first_submitted_on) == ("submitted", 1, MONDAY)


def test_a_late_log_is_late_by_its_date(cast: Cast, borrower: Borrower) -> None:
    submitted(cast, borrower, on=date(2026, 6, 10), activity=recorded(cast, borrower))
    entry = duty("LOG_ENTRY")
    assert entry.done_on > entry.due_on


def test_the_supervisors_own_log_goes_to_whoever_stands_above(cast: Cast, borrower: Borrower) -> None:
    log = draft_work_log(
        actor=cast.supervisor_a,
        business_date=FRIDAY,
        borrower=borrower,
        kind="data_analysis",
        activity_on=FRIDAY,
        facts=[FACT],
    )
    submit_work_log(log, actor=cast.supervisor_a, business_date=FRIDAY)
    assert duty("LOG_REVIEW").owner == cast.head_b1
    with pytest.raises(PermissionRefused) as refusal:
        sign_work_log(log, actor=cast.supervisor_a, business_date=FRIDAY, opinion=OPINION)
    assert refusal.value.code == "own_work"


def test_signature_closes_the_review(cast: Cast, borrower: Borrower) -> None:
    log = signed(cast, submitted(cast, borrower))
    review = duty("LOG_REVIEW")
    assert (review.state, review.done_on) == ("done", TUESDAY)
    verdict = WorkLogReview.objects.get()
    assert (verdict.submission, verdict.outcome, verdict.opinion) == (1, "signed", OPINION)
    assert (verdict.reviewer, verdict.on_behalf_of, verdict.decided_on) == (cast.supervisor_a, None, TUESDAY)
    event = AuditEvent.objects.get(action="work_log.signed")
    assert (event.subject_no, event.after["opinion"]) == (log.log_no, OPINION)


@pytest.mark.parametrize(
    "opinion",
    ["", "已阅", "已阅,已阅,已阅,已阅,已阅", "Noted.", "approved, approved", "好好好好好好好好好好好"],
)
def test_an_opinion_says_something(cast: Cast, borrower: Borrower, opinion: str) -> None:
    log = submitted(cast, borrower)
    with pytest.raises(ApplicationError) as refusal:
        sign_work_log(log, actor=cast.supervisor_a, business_date=TUESDAY, opinion=opinion)
    assert refusal.value.code == "opinion_missing"
    assert WorkLog.objects.get().state == "submitted"


@pytest.mark.parametrize("who", ["rm_a", "rm_b", "risk", "auditor", "admin", "outsider"])
def test_others_do_not_sign(cast: Cast, borrower: Borrower, who: str) -> None:
    log = submitted(cast, borrower)
    with pytest.raises(PermissionRefused):
        sign_work_log(log, actor=cast.people()[who], business_date=TUESDAY, opinion=OPINION)


def test_a_deputy_signs_in_the_supervisors_place_but_never_the_own_log(
    cast: Cast, borrower: Borrower
) -> None:
    deputise(cast.supervisor_a, cast.rm_b)
    log = submitted(cast, borrower)
    sign_work_log(log, actor=cast.rm_b, business_date=TUESDAY, opinion=OPINION)
    assert WorkLogReview.objects.get().on_behalf_of == cast.supervisor_a
    deputise(cast.supervisor_a, cast.rm_a)
    other = submitted(cast, borrower)
    with pytest.raises(PermissionRefused):
        sign_work_log(other, actor=cast.rm_a, business_date=TUESDAY, opinion=OPINION)


def deputise(delegator: User, deputy: User) -> None:
    Delegation.objects.create(
        delegator=delegator, delegate=deputy, from_on=FRIDAY, to_on=date(2026, 6, 30), reason="Leave"
    )


def test_a_returned_log_is_corrected_and_submitted_anew(cast: Cast, borrower: Borrower) -> None:
    log = submitted(cast, borrower, activity=recorded(cast, borrower))
    return_work_log(log, actor=cast.supervisor_a, business_date=TUESDAY, opinion=OPINION)
    again = duty("RESUBMIT")
    assert (again.subject_no, again.period_key, again.owner) == (log.log_no, "1", cast.rm_a)
    assert (again.subject_type, again.due_on) == ("work_log", date(2026, 6, 11))
    write_work_log(log, actor=cast.rm_a, business_date=TUESDAY, analysis="Demand from exports is down.")
    submit_work_log(log, actor=cast.rm_a, business_date=date(2026, 6, 10))
    assert duty("RESUBMIT").state == "done"
    assert log.first_submitted_on == MONDAY
    assert list(
        Duty.objects.filter(code="LOG_REVIEW").order_by("period_key").values_list("period_key", "state")
    ) == [
        ("1", "done"),
        ("2", "open"),
    ]
    signed(cast, log, on=date(2026, 6, 11))
    assert [r.outcome for r in log.reviews.all()] == ["returned", "signed"]


def test_a_log_without_a_fact_is_not_submitted(cast: Cast, borrower: Borrower) -> None:
    with pytest.raises(ApplicationError) as refusal:
        submitted(cast, borrower, facts=[{"category": "market", "fact": "  "}])
    assert refusal.value.code == "fact_missing"


def test_an_unknown_category_is_refused(cast: Cast, borrower: Borrower) -> None:
    with pytest.raises(ApplicationError) as refusal:
        submitted(cast, borrower, facts=[{"category": "gossip", "fact": "heard something"}])
    assert refusal.value.code == "unknown_category"


def test_stale_and_double_acts_are_refused(cast: Cast, borrower: Borrower) -> None:
    log = submitted(cast, borrower)
    twin = WorkLog.objects.get()
    with pytest.raises(Conflict):
        submit_work_log(twin, actor=cast.rm_a, business_date=MONDAY)
    with pytest.raises(Conflict):
        sign_work_log(twin, actor=cast.supervisor_a, business_date=TUESDAY, opinion=OPINION, submission=2)
    signed(cast, log)
    with pytest.raises(Conflict):
        signed(cast, twin)
    with pytest.raises(Conflict):
        write_work_log(log, actor=cast.rm_a, business_date=TUESDAY, place="elsewhere")
    assert WorkLogReview.objects.count() == 1


def test_an_activity_has_one_log(cast: Cast, borrower: Borrower) -> None:
    activity = recorded(cast, borrower)
    submitted(cast, borrower, activity=activity)
    with pytest.raises(Conflict) as refusal:
        submitted(cast, borrower, activity=activity)
    assert refusal.value.code == "log_exists"
    assert WorkLog.objects.count() == 1


def test_another_persons_log_is_not_written(cast: Cast, borrower: Borrower) -> None:
    log = submitted(cast, borrower)
    for act in (write_work_log, submit_work_log):
        with pytest.raises(PermissionRefused):
            act(log, actor=cast.supervisor_a, business_date=TUESDAY)


def month_opened(borrower: Borrower, **fields: Any) -> Duty:
    build_loan("L1", borrower, disbursed="2025-01-10", matures="2028-01-10", **fields)
    close(next(contexts(day("2026-06-01"), day("2026-06-01"))))
    return duty("LOG_MONTHLY_MIN")


def test_one_signed_log_fills_a_regular_month(cast: Cast, borrower: Borrower) -> None:
    month = month_opened(borrower)
    assert (month.period_key, month.due_on, month.explanation["required"]) == (
        "2026-06",
        date(2026, 6, 30),
        1,
    )
    log = submitted(cast, borrower)
    assert duty("LOG_MONTHLY_MIN").state == "open"
    signed(cast, log)
    month = duty("LOG_MONTHLY_MIN")
    assert (month.state, month.done_on, month.closed_on) == ("done", MONDAY, TUESDAY)
    assert month.evidence == f"work_log:{log.log_no}"


def test_a_watched_borrower_owes_two_and_logs_of_other_months_do_not_count(
    cast: Cast, borrower: Borrower
) -> None:
    assert month_opened(borrower, delivered_regime="key").explanation["required"] == 2
    signed(cast, submitted(cast, borrower, activity_on=date(2026, 5, 29)))
    signed(cast, submitted(cast, borrower))
    assert duty("LOG_MONTHLY_MIN").state == "open"
    signed(cast, submitted(cast, borrower, on=TUESDAY, activity_on=MONDAY))
    month = duty("LOG_MONTHLY_MIN")
    assert (month.state, month.done_on) == ("done", TUESDAY)


def test_the_run_closes_a_month_whose_minimum_became_lower(cast: Cast, borrower: Borrower) -> None:
    month_opened(borrower, delivered_regime="key")
    loan = borrower.loans.get()
    signed(cast, submitted(cast, borrower))
    loan.regime_history.create(effective_on=date(2026, 6, 10), regime="regular", source="approval")
    for context in contexts(date(2026, 6, 9), date(2026, 6, 10), started_on=date(2026, 6, 1)):
        assert duty("LOG_MONTHLY_MIN").state == "open"
        close(context)
    month = duty("LOG_MONTHLY_MIN")
    assert (month.state, month.done_on, month.closed_on) == ("done", MONDAY, date(2026, 6, 10))
