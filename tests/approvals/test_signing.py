"""The engine: levels, four eyes, deadlines, races."""

import datetime as dt
import threading

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from approvals.enums import Outcome, RequestState
from approvals.models import Decision, Request
from approvals.permissions import can_decide
from approvals.selectors import queue, requests_for
from approvals.services import decide, submit, withdraw
from core.errors import ApplicationError, Conflict
from core.models import AuditEvent
from duties.enums import CloseReason, DutyState
from duties.models import Duty
from org.enums import Role
from org.models import Delegation, User
from org.services import rebuild_role_holders
from tests.approvals.conftest import DAY, ask, contents, verdicts
from tests.cast import build_person

OPINION = "The papers match the contract."


def sign(request, actor, outcome=Outcome.APPROVE, day=DAY, opinion=OPINION, **extra):
    return decide(request, actor=actor, business_date=day, outcome=outcome, opinion=opinion, **extra)


def refused(code: str, act, *args, **kwargs) -> ApplicationError:
    with pytest.raises(ApplicationError) as refusal:
        act(*args, **kwargs)
    assert refusal.value.code == code
    return refusal.value


def duty(level: int, kind: str = "SAMPLE") -> Duty:
    return Duty.objects.get(code=f"SIGN_{kind}_{level}")


def deputise(delegator: User, deputy: User, first=DAY, last=DAY):
    Delegation.objects.create(
        delegator=delegator, delegate=deputy, from_on=first, to_on=last, reason="On leave"
    )


def test_submission_opens_the_first_signers_duty(cast, submitted):
    assert submitted.number == "SAMPLE-2026-000001"
    opened = duty(1)
    assert (opened.owner, opened.due_on, opened.period_key) == (
        cast.supervisor_a,
        dt.date(2026, 6, 2),
        submitted.number,
    )
    assert opened.clause == "T-1"
    assert list(queue(cast.supervisor_a, DAY)) == [submitted]
    assert not queue(cast.head_b1, DAY).exists()


def test_three_levels_sign_in_turn_and_the_subject_is_told_once(cast, submitted):
    sign(submitted, cast.supervisor_a)
    assert not verdicts
    sign(Request.objects.get(), cast.head_b1, day=dt.date(2026, 6, 2))
    assert duty(2).due_on == dt.date(2026, 6, 3)  # two working days from reaching the level
    assert duty(3).due_on == dt.date(2026, 6, 5)
    done = sign(Request.objects.get(), cast.manager_b1, day=dt.date(2026, 6, 5))
    assert (done.state, done.closed_on) == (RequestState.APPROVED, dt.date(2026, 6, 5))
    (outcome, verdict) = verdicts[0]
    assert (outcome, verdict.subject_no, verdict.applicant_no) == ("approved", "R1", "E001")
    assert verdict.payload == {"amount": "1.00"}
    assert set(Duty.objects.values_list("state", flat=True)) == {DutyState.DONE}
    assert duty(2).done_on == dt.date(2026, 6, 2)


@pytest.mark.parametrize(
    ("outcome", "state"), [(Outcome.RETURN, RequestState.RETURNED), (Outcome.REJECT, RequestState.REJECTED)]
)
def test_a_return_or_rejection_ends_the_request(cast, submitted, outcome, state):
    assert sign(submitted, cast.supervisor_a, outcome).state == state
    assert verdicts[0][0] == "rejected"
    assert not Duty.objects.open().exists()
    assert ask(cast).number == "SAMPLE-2026-000002"


def test_nobody_signs_own_work_not_even_with_the_role(cast, route):
    above = build_person("E021", cast.branches["B1"], Role.SUPERVISOR)
    request = ask(cast, applicant=cast.supervisor_a)
    assert duty(1).owner == above
    refused("own_work", sign, request, cast.supervisor_a)


def test_a_superuser_has_no_bypass(cast, submitted):
    User.objects.filter(pk=cast.admin.pk).update(is_superuser=True)
    refused("not_your_signature", sign, submitted, User.objects.get(pk=cast.admin.pk))


@pytest.mark.parametrize("who", ["rm_b", "head_b1", "manager_b1", "risk", "auditor", "admin", "outsider"])
def test_only_the_holder_of_the_steps_role_signs(cast, submitted, who):
    refused("not_your_signature", sign, submitted, cast.people()[who])


def test_a_supervisor_of_another_branch_does_not_sign(cast, submitted):
    stranger = build_person("E020", cast.branches["S03"], Role.SUPERVISOR)
    assert not can_decide(stranger, submitted, DAY)
    above = build_person("E021", cast.branches["B1"], Role.SUPERVISOR)
    assert can_decide(above, submitted, DAY)


def test_a_leaver_does_not_sign(cast, submitted):
    cast.supervisor_a.is_active = False
    cast.supervisor_a.save()
    refused("not_your_signature", sign, submitted, cast.supervisor_a)
    assert not queue(cast.supervisor_a, DAY).exists()


def test_nobody_signs_twice_with_two_roles(cast, submitted):
    cast.supervisor_a.role_assignments.create(role=Role.DEPARTMENT_HEAD)
    supervisor = User.objects.get(pk=cast.supervisor_a.pk)
    sign(submitted, supervisor)
    refused("not_your_signature", sign, Request.objects.get(), supervisor)
    assert not queue(supervisor, DAY).exists()
    assert duty(2).owner == cast.head_b1


def test_a_deputy_signs_in_the_place_of_another(cast, submitted):
    deputise(cast.supervisor_a, cast.head_b1)
    assert list(queue(cast.head_b1, DAY)) == [submitted]
    sign(submitted, cast.head_b1)
    decision = Decision.objects.get()
    assert (decision.actor, decision.on_behalf_of) == (cast.head_b1, cast.supervisor_a)
    assert AuditEvent.objects.get(action="approval.approve").on_behalf_of == str(cast.supervisor_a)
    # The deputy has signed level 1 and may not sign level 2 in the own right.
    refused("not_your_signature", sign, Request.objects.get(), cast.head_b1)


def test_the_person_whose_deputy_signed_does_not_sign_again(cast, submitted):
    cast.supervisor_a.role_assignments.create(role=Role.DEPARTMENT_HEAD)
    deputise(cast.supervisor_a, cast.outsider)
    sign(submitted, cast.outsider)
    refused("not_your_signature", sign, Request.objects.get(), User.objects.get(pk=cast.supervisor_a.pk))


def test_the_applicant_does_not_sign_as_a_deputy(cast, submitted):
    deputise(cast.supervisor_a, cast.rm_a)
    refused("own_work", sign, submitted, cast.rm_a)


def test_a_delegation_ends_with_its_last_day(cast, submitted):
    deputise(cast.supervisor_a, cast.outsider, DAY - dt.timedelta(days=5), DAY - dt.timedelta(days=1))
    refused("not_your_signature", sign, submitted, cast.outsider)


def test_where_nobody_holds_the_role_the_supervisor_stands_in(cast, route):
    route.steps.filter(level=1).update(role=Role.POST_LOAN_OFFICER)
    request = ask(cast)
    assert request.substitute == cast.supervisor_a
    assert list(queue(cast.supervisor_a, DAY)) == [request]
    sign(request, cast.supervisor_a)


def test_the_alternate_role_signs_when_the_role_is_the_applicant(cast, route):
    route.steps.filter(level=1).update(role=Role.DEPARTMENT_HEAD, alternate_role=Role.BRANCH_MANAGER)
    request = ask(cast, applicant=cast.head_b1, branch=cast.branches["B1"])
    assert duty(1).owner == cast.manager_b1
    assert list(queue(cast.manager_b1, DAY)) == [request]


def test_a_request_that_nobody_could_sign_is_refused(cast, route):
    refused("nobody_to_sign", ask, cast, branch=cast.branches["S03"])
    assert not Request.objects.exists()


def test_a_level_that_nobody_holds_yet_waits(cast, submitted):
    cast.head_b1.role_assignments.all().delete()
    rebuild_role_holders()
    sign(submitted, cast.supervisor_a)
    assert duty(2).owner is None
    late = build_person("E030", cast.branches["B1"], Role.DEPARTMENT_HEAD)
    sign(Request.objects.get(), late)


def test_a_kind_without_route_is_refused(cast):
    refused("no_route", ask, cast)


@pytest.mark.parametrize("opinion", ["", "已阅", "同意！"])
def test_an_opinion_is_compulsory(cast, submitted, opinion):
    error = refused("opinion", sign, submitted, cast.supervisor_a, opinion=opinion)
    assert "opinion" in error.details
    assert not Decision.objects.exists()


def test_an_unknown_outcome_is_refused(cast, submitted):
    refused("outcome", sign, submitted, cast.supervisor_a, outcome="maybe")


def test_changed_content_is_not_signed(cast, submitted):
    contents["R1"] = "other"
    refused("content_changed", sign, submitted, cast.supervisor_a)
    assert Request.objects.get().state == RequestState.OPEN


def test_a_second_submission_is_refused_while_the_first_waits(cast, submitted):
    refused("already_submitted", ask, cast)
    assert Request.objects.count() == 1


def test_a_decision_on_what_was_decided_is_a_conflict(cast, submitted):
    other = build_person("E022", cast.branches["B1"], Role.SUPERVISOR)
    sign(submitted, cast.supervisor_a)
    submitted.level = 1  # what the other person still has on the screen
    with pytest.raises(Conflict):
        sign(submitted, other)
    refused("already_decided", sign, Request.objects.get(), other, level=1)


def test_the_applicant_withdraws_and_the_duty_lapses(cast, submitted):
    refused("not_applicant", withdraw, submitted, actor=cast.supervisor_a, business_date=DAY)
    withdraw(submitted, actor=cast.rm_a, business_date=DAY)
    assert (duty(1).state, duty(1).close_reason) == (DutyState.LAPSED, CloseReason.WITHDRAWN)
    refused("already_decided", sign, submitted, cast.supervisor_a)


def test_an_error_of_the_subject_undoes_the_signature(cast, submitted, monkeypatch):
    from core import subjects

    def fail(verdict):
        raise Conflict("stale", "Too late.")

    subjects.register("sample", title=lambda n: {}, visible_to=lambda u, n: True, on_rejected=fail)
    refused("stale", sign, submitted, cast.supervisor_a, Outcome.REJECT)
    assert Request.objects.get().state == RequestState.OPEN
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("rm_a", True),
        ("supervisor_a", True),
        ("head_b1", True),
        ("risk", True),
        ("auditor", True),
        ("rm_b", False),
        ("admin", False),
        ("outsider", False),
    ],
)
def test_a_request_is_seen_in_its_branches_only(cast, submitted, who, sees):
    assert requests_for(cast.people()[who]).exists() is sees


def test_the_queue_is_ordered_by_deadline(cast, submitted, django_assert_max_num_queries):
    earlier = ask(cast, "R2", business_date=DAY)
    Request.objects.filter(pk=earlier.pk).update(due_on=DAY - dt.timedelta(days=3))
    supervisor = User.objects.get(pk=cast.supervisor_a.pk)
    with django_assert_max_num_queries(4):
        assert [request.subject_no for request in queue(supervisor, DAY)] == ["R2", "R1"]


# --- what the database itself refuses ---------------------------------------------------------


def decision(request, actor, principal=None, level=1, applicant=None):
    with transaction.atomic():
        return Decision.objects.create(
            request=request,
            level=level,
            applicant=applicant or request.applicant,
            actor=actor,
            principal=principal or actor,
            outcome=Outcome.APPROVE,
            opinion=OPINION,
            content_hash="hash",
            due_on=DAY,
            decided_on=DAY,
            decided_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC),
        )


def test_the_database_refuses_own_work(cast, submitted):
    with pytest.raises(IntegrityError):
        decision(submitted, cast.rm_a)
    with pytest.raises(IntegrityError):
        decision(submitted, cast.supervisor_a, principal=cast.rm_a)


def test_the_database_refuses_a_second_signature(cast, submitted):
    decision(submitted, cast.supervisor_a)
    for again in (
        {"actor": cast.head_b1, "level": 1},
        {"actor": cast.supervisor_a, "level": 2},
        {"actor": cast.head_b1, "principal": cast.supervisor_a, "level": 2},
    ):
        with pytest.raises(IntegrityError):
            decision(submitted, **again)


def test_the_database_refuses_a_second_open_request(cast, submitted):
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.create(
            **{
                field.name: getattr(submitted, field.name)
                for field in Request._meta.concrete_fields
                if field.name not in {"id", "number"}
            },
            number="X",
        )


@pytest.mark.parametrize(
    "statement", ["DELETE FROM approvals_decision", "UPDATE approvals_decision SET level=2"]
)
def test_the_database_keeps_signatures_as_they_are(cast, submitted, statement):
    sign(submitted, cast.supervisor_a)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="threads share SQLite's database in memory")
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_who_sign_at_once_one_wins(cast, route):
    other = build_person("E022", cast.branches["B1"], Role.SUPERVISOR)
    request = ask(cast)
    results: list[str] = []

    def work(actor) -> None:
        try:
            sign(Request.objects.get(pk=request.pk), actor, level=1)
            results.append("signed")
        except Conflict as conflict:
            results.append(conflict.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(actor,)) for actor in (cast.supervisor_a, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["already_decided", "signed"]
    assert Decision.objects.count() == 1


def test_the_kind_fits_into_the_code_of_a_duty(cast, route):
    with pytest.raises(ApplicationError):
        submit(
            "X" * 26,
            "sample",
            "R9",
            applicant=cast.rm_a,
            business_date=DAY,
            content_hash="hash",
            branch=cast.branches["S01"],
            title="",
        )
