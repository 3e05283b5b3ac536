"""The house's own kinds: waiving a duty, changing the calendar, publishing a policy."""

import datetime as dt
from dataclasses import dataclass

import pytest

from approvals.models import Request
from approvals.selectors import queue
from approvals.services import (
    decide,
    request_calendar_change,
    request_publication,
    request_waiver,
)
from core.enums import PublicationState
from core.errors import ApplicationError, Conflict, PermissionRefused
from core.importers import read_calendar
from core.models import AuditEvent, BusinessDay, Parameter
from core.parameters import register
from core.readings import Readings, reading
from core.selectors import readings
from core.services import CalendarDay
from duties.enums import DutyState
from duties.models import Duty, DutyRule
from duties.selectors import rules_in_force
from duties.services import complete
from org.enums import Role
from tests.approvals.conftest import DAY
from tests.cast import build_person
from tests.duties.conftest import open_rule_duty

REASON = "The borrower repaid everything yesterday"
OPINION = "Checked against the ledger, nothing is left"


@dataclass(frozen=True)
class Sample(Readings):
    sample_policy: str = reading("first", "second")


@pytest.fixture
def duty(cast) -> Duty:
    return open_rule_duty(cast, "REPORT_QUARTER", anchor=dt.date(2026, 6, 30))


def ask_waiver(cast, duty, actor=None, reason=REASON):
    return request_waiver(duty, actor=actor or cast.rm_a, business_date=DAY, reason=reason)


def approve(request, actor, outcome="approve"):
    return decide(request, actor=actor, business_date=DAY, outcome=outcome, opinion=OPINION)


def code_of(act, *args, **kwargs) -> str:
    with pytest.raises(ApplicationError) as refusal:
        act(*args, **kwargs)
    return refusal.value.code


# --- waiver -------------------------------------------------------------------------------------


def test_two_persons_waive_a_duty(cast, duty):
    request = ask_waiver(cast, duty)
    assert list(queue(cast.head_b1, DAY)) == [request]
    approve(request, cast.head_b1)
    duty.refresh_from_db()
    assert (duty.state, duty.closed_on, duty.closing_note) == (DutyState.WAIVED, DAY, REASON)
    assert duty.evidence == "approval:DUTY_WAIVER-2026-000001"
    assert AuditEvent.objects.filter(action="duty.waived", actor_no="E004").exists()


def test_a_rejected_waiver_leaves_the_duty_open(cast, duty):
    approve(ask_waiver(cast, duty), cast.head_b1, "reject")
    duty.refresh_from_db()
    assert duty.state == DutyState.OPEN


def test_a_department_head_does_not_waive_the_own_request(cast, duty):
    request = ask_waiver(cast, duty, actor=cast.head_b1)
    assert code_of(approve, request, cast.head_b1) == "own_work"
    approve(request, cast.manager_b1)


@pytest.mark.parametrize("who", ["rm_b", "risk", "auditor", "admin", "outsider"])
def test_a_waiver_is_asked_by_the_owner_or_a_supervisor(cast, duty, who):
    with pytest.raises(PermissionRefused):
        ask_waiver(cast, duty, actor=cast.people()[who])


def test_a_waiver_needs_a_reason(cast, duty):
    assert code_of(ask_waiver, cast, duty, reason="ok") == "reason"


def test_a_duty_done_meanwhile_is_not_waived(cast, duty):
    request = ask_waiver(cast, duty)
    complete(
        Duty.objects.get(pk=duty.pk), actor=cast.rm_a, business_date=DAY, note="Report written and filed"
    )
    assert code_of(approve, request, cast.head_b1) == "content_changed"
    assert code_of(ask_waiver, cast, duty) == "stale"
    duty.refresh_from_db()
    assert duty.state == DutyState.DONE


def test_a_second_waiver_is_refused_while_the_first_waits(cast, duty):
    ask_waiver(cast, duty)
    with pytest.raises(Conflict):
        ask_waiver(cast, duty, actor=cast.supervisor_a)


def test_a_signature_is_neither_waived_nor_ticked_off(cast, duty):
    ask_waiver(cast, duty)
    signing = Duty.objects.get(code="SIGN_DUTY_WAIVER_1")
    with pytest.raises(PermissionRefused):
        ask_waiver(cast, signing, actor=cast.head_b1)
    with pytest.raises(PermissionRefused):
        complete(signing, actor=cast.head_b1, business_date=DAY, note="Signed on paper")


# --- calendar -----------------------------------------------------------------------------------

NOTICE = b"date,is_workday,name\n2027-01-01,0,\n2027-01-04,0,\n"


def test_a_year_is_confirmed_by_two_persons_and_open_duties_move(cast):
    duty = open_rule_duty(cast, "REPORT_YEAR", anchor=dt.date(2026, 12, 31))
    assert (duty.due_on, duty.provisional) == (dt.date(2027, 1, 28), True)
    request = request_calendar_change(
        read_calendar(NOTICE), actor=cast.admin, business_date=DAY, source="Notice of 2026"
    )
    assert not BusinessDay.objects.filter(date__year=2027).exists()
    assert list(queue(cast.risk, DAY)) == [request]
    approve(request, cast.risk)
    duty.refresh_from_db()
    # 1 January is a Friday: Monday-Friday had counted it, and Monday 4 January.
    assert (duty.due_on, duty.provisional) == (dt.date(2027, 2, 1), False)
    assert BusinessDay.objects.filter(date__year=2027).count() == 365
    counts = AuditEvent.objects.get(action="duty.deadlines_recomputed").after
    assert counts["changed"] == 1


def test_signatures_that_wait_move_with_the_calendar(cast, duty):
    waiver = ask_waiver(cast, duty)
    assert waiver.due_on == dt.date(2026, 6, 2)
    day_off = [CalendarDay(dt.date(2026, 6, 2), False, "Flood")]
    approve(
        request_calendar_change(day_off, actor=cast.admin, business_date=DAY, source="City notice"),
        cast.risk,
    )
    waiver.refresh_from_db()
    assert waiver.due_on == dt.date(2026, 6, 3)
    assert Duty.objects.get(code="SIGN_DUTY_WAIVER_1").due_on == dt.date(2026, 6, 3)


def test_closed_duties_keep_their_dates(cast, duty):
    complete(duty, actor=cast.rm_a, business_date=DAY, note="Report written and filed")
    days = [CalendarDay(duty.due_on, False)]
    approve(
        request_calendar_change(days, actor=cast.admin, business_date=DAY, source="City notice"), cast.risk
    )
    due = duty.due_on
    duty.refresh_from_db()
    assert duty.due_on == due


@pytest.mark.parametrize(
    ("days", "source"),
    [
        ([], "Notice"),
        ([CalendarDay(dt.date(2027, 1, 1), True), CalendarDay(dt.date(2028, 1, 1), True)], "Notice"),
        ([CalendarDay(dt.date(2027, 1, 1), True)], "  "),
    ],
)
def test_a_bad_calendar_change_is_refused(cast, days, source):
    assert (
        code_of(request_calendar_change, days, actor=cast.admin, business_date=DAY, source=source)
        == "calendar_change"
    )


def test_only_an_administrator_proposes_calendar_changes(cast):
    with pytest.raises(PermissionRefused):
        request_calendar_change(
            [CalendarDay(DAY, False)], actor=cast.risk, business_date=DAY, source="Notice"
        )


def test_the_administrator_does_not_confirm_alone(cast):
    request = request_calendar_change(
        [CalendarDay(DAY, False)], actor=cast.admin, business_date=DAY, source="Notice"
    )
    assert code_of(approve, request, cast.admin) == "own_work"
    assert BusinessDay.objects.get(date=DAY).is_workday


# --- policy -------------------------------------------------------------------------------------


def draft_parameter(value="second", effective_from=DAY):
    register(Sample)
    return Parameter.objects.create(name="sample_policy", value=value, effective_from=effective_from)


def ask_publication(cast, subject_type, row, actor=None):
    return request_publication(subject_type, row, actor=actor or cast.admin, business_date=DAY)


def test_a_parameter_comes_into_force_by_a_second_person(cast):
    parameter = draft_parameter()
    request = ask_publication(cast, "parameter", parameter)
    assert readings(Sample, DAY).sample_policy == "first"
    approve(request, cast.risk)
    assert readings(Sample, DAY).sample_policy == "second"
    parameter.refresh_from_db()
    assert parameter.published_by == str(cast.risk)


def test_a_draft_edited_after_its_submission_is_not_signed(cast):
    parameter = draft_parameter()
    request = ask_publication(cast, "parameter", parameter)
    Parameter.objects.filter(pk=parameter.pk).update(value="first")
    assert code_of(approve, request, cast.risk) == "content_changed"
    assert Parameter.objects.get().state == PublicationState.DRAFT


def test_a_deadline_changes_from_its_date(cast):
    rule = DutyRule.objects.get(code="LOG_ENTRY")
    rule.pk, rule.state, rule.offset, rule.effective_from = None, PublicationState.DRAFT, 3, DAY
    rule.save()
    approve(ask_publication(cast, "duty_rule", rule, actor=cast.risk), cast.admin)
    assert rules_in_force(DAY)["LOG_ENTRY"].offset == 3
    assert rules_in_force(DAY - dt.timedelta(days=1))["LOG_ENTRY"].offset == 2


def test_policy_does_not_reach_into_the_past(cast):
    parameter = draft_parameter(effective_from=DAY - dt.timedelta(days=1))
    assert code_of(ask_publication, cast, "parameter", parameter) == "effective_from_past"


def test_a_published_row_is_not_published_again(cast):
    parameter = draft_parameter()
    approve(ask_publication(cast, "parameter", parameter), cast.risk)
    parameter.refresh_from_db()
    assert code_of(ask_publication, cast, "parameter", parameter) == "no_draft"


def test_a_branch_manager_changes_no_policy(cast):
    with pytest.raises(PermissionRefused):
        ask_publication(cast, "parameter", draft_parameter(), actor=cast.manager_b1)
    assert not Request.objects.exists()


def test_an_administrator_signs_for_the_whole_bank_from_any_branch(cast):
    second = build_person("E040", cast.branches["S03"], Role.SYSTEM_ADMIN)
    request = request_calendar_change(
        [CalendarDay(DAY, False)], actor=cast.admin, business_date=DAY, source="Notice"
    )
    assert list(queue(second, DAY)) == [request]
    approve(request, second)
    assert not BusinessDay.objects.get(date=DAY).is_workday
