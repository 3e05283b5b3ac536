"""Closing a duty, and giving open ones new dates."""

import datetime as dt

import pytest

from core.errors import ApplicationError, Conflict, PermissionRefused
from core.models import AuditEvent, BusinessDay
from core.selectors import workday_calendar
from duties.enums import CloseReason, DutyState
from duties.models import Duty
from duties.services import complete, recompute_deadlines
from org.models import Delegation
from tests.duties.conftest import open_rule_duty

DAY = dt.date(2026, 6, 29)
NOTE = "Report written, filed under 12/2026"


@pytest.fixture
def duty(cast) -> Duty:
    return open_rule_duty(cast, "REPORT_QUARTER", anchor=dt.date(2026, 6, 30))


def done(duty, actor, **fields):
    return complete(duty, **{"actor": actor, "business_date": DAY, "note": NOTE, **fields})


@pytest.mark.parametrize("who", ["rm_a", "supervisor_a", "head_b1", "manager_b1"])
def test_the_owner_or_a_supervising_person_closes_a_duty(cast, duty, who):
    done(duty, cast.people()[who], evidence="file:7")
    row = Duty.objects.get(pk=duty.pk)
    assert (row.state, row.done_on, row.closed_on) == (DutyState.DONE, DAY, DAY)
    assert (row.close_reason, row.evidence, row.closing_note) == (CloseReason.EVIDENCE, "file:7", NOTE)
    event = AuditEvent.objects.get(action="duty.completed")
    assert (event.actor_no, event.after["code"]) == (cast.people()[who].employee_no, "REPORT_QUARTER")


@pytest.mark.parametrize("who", ["rm_b", "risk", "auditor", "admin", "outsider"])
def test_others_do_not(cast, duty, who):
    with pytest.raises(PermissionRefused):
        done(duty, cast.people()[who])
    assert Duty.objects.get(pk=duty.pk).state == DutyState.OPEN


def test_a_deputy_closes_in_the_owners_place(cast, duty):
    Delegation.objects.create(
        delegator=cast.rm_a, delegate=cast.outsider, from_on=DAY, to_on=DAY, reason="Leave"
    )
    done(duty, cast.outsider)
    assert AuditEvent.objects.get(action="duty.completed").on_behalf_of == str(cast.rm_a)


@pytest.mark.parametrize("note", ["", "   ", "done"])
def test_a_note_is_compulsory(cast, duty, note):
    with pytest.raises(ApplicationError) as refusal:
        done(duty, cast.rm_a, note=note)
    assert "note" in refusal.value.details


def test_a_stale_form_changes_nothing(cast, duty):
    Duty.objects.filter(pk=duty.pk).update(version=4)
    with pytest.raises(Conflict):
        done(duty, cast.rm_a, version=3)
    assert Duty.objects.get(pk=duty.pk).state == DutyState.OPEN


def test_a_closed_duty_stays_closed(cast, duty):
    done(duty, cast.rm_a)
    again = Duty.objects.get(pk=duty.pk)
    with pytest.raises(Conflict):
        done(again, cast.rm_a)
    assert AuditEvent.objects.filter(action="duty.completed").count() == 1


def day_off(date: dt.date) -> None:
    BusinessDay.objects.filter(date=date).update(is_workday=False)


def test_open_duties_follow_the_calendar(cast, duty, django_assert_max_num_queries):
    for number in range(20):
        open_rule_duty(cast, "REPORT_QUARTER", anchor=dt.date(2026, 6, 30), subject_no=f"C1{number}")
    far = open_rule_duty(cast, "REPORT_QUARTER", anchor=dt.date(2026, 9, 30))
    assert duty.due_on == dt.date(2026, 7, 21)
    day_off(dt.date(2026, 7, 8))
    with django_assert_max_num_queries(12):
        counts = recompute_deadlines(cast.admin, DAY)
    assert counts == {"looked_at": 2, "changed": 21}
    assert set(Duty.objects.filter(anchor_on=duty.anchor_on).values_list("due_on", flat=True)) == {
        dt.date(2026, 7, 22)
    }
    far.refresh_from_db()
    assert far.due_on == dt.date(2026, 10, 27)


def test_an_opening_date_moves_with_the_deadline(cast):
    notice = open_rule_duty(cast, "MATURITY_NOTICE", anchor=dt.date(2026, 7, 31))
    assert (notice.opens_on, notice.due_on) == (dt.date(2026, 6, 23), dt.date(2026, 6, 30))
    day_off(dt.date(2026, 6, 30))
    recompute_deadlines(None, DAY)
    notice.refresh_from_db()
    assert (notice.opens_on, notice.due_on) == (dt.date(2026, 6, 22), dt.date(2026, 6, 29))


def test_a_date_that_another_fact_set_is_left_alone(cast, duty):
    Duty.objects.filter(pk=duty.pk).update(due_on=dt.date(2026, 7, 10))
    before = workday_calendar()
    day_off(dt.date(2026, 7, 8))
    assert recompute_deadlines(None, DAY, before=before)["changed"] == 0


def test_a_second_recomputation_changes_nothing(cast, duty):
    day_off(dt.date(2026, 7, 8))
    recompute_deadlines(None, DAY)
    assert recompute_deadlines(None, DAY)["changed"] == 0
