"""Pages of activities and work logs, their review, and several signed at once."""

import datetime as dt

import pytest
from django.urls import reverse

from core.errors import ApplicationError, PermissionRefused
from core.models import AuditEvent
from duties.acts import act_of
from duties.models import Duty
from inspections.models import Activity, LogOpening, WorkLog
from inspections.selectors.logs import activities_without_log, logs_to_review
from inspections.services import (
    draft_work_log,
    open_work_log,
    record_activity,
    sign_work_log,
    sign_work_logs,
    submit_work_log,
    write_work_log,
)
from org.models import Delegation
from tests.builders import build_borrower
from tests.inspections.writing import TODAY, customer, start

pytestmark = pytest.mark.django_db

LOGS, NEW, ACTIVITY = (reverse(f"inspections:{name}") for name in ("logs", "new_log", "new_activity"))
HTMX = {"HX-Request": "true"}
FACT = {"category": "market", "fact": "Orders fell by 12 % against May", "source": "book", "effect": "watch"}
OPINION = "Ask for the June order book at the next visit."
TYPED = {f"fact-{key}": value for key, value in FACT.items()}


@pytest.fixture
def borrower(cast, client):
    client.cookies["django_language"] = "en"
    client.force_login(cast.rm_a)
    start()
    return customer(cast)


def draft(cast, borrower, **fields):
    values = {"kind": "site_visit", "activity_on": TODAY, "facts": [FACT]}
    return draft_work_log(actor=cast.rm_a, business_date=TODAY, borrower=borrower, **{**values, **fields})


def submitted(cast, borrower, **fields):
    return submit_work_log(draft(cast, borrower, **fields), actor=cast.rm_a, business_date=TODAY)


def recorded(cast, borrower, **fields):
    values = {"kind": "site_visit", "ended_on": TODAY}
    return record_activity(actor=cast.rm_a, business_date=TODAY, borrower=borrower, **{**values, **fields})


def url(name, log):
    return reverse(f"inspections:{name}", args=[log.log_no])


# --- activity -> log ------------------------------------------------------------------------------
def test_recorded_activity_leads_to_its_log(cast, borrower, client):
    data = {"borrower_no": "C-A", "kind": "site_visit", "ended_on": TODAY, "summary": "Works seen"}
    answer = client.post(ACTIVITY, data)
    activity = Activity.objects.get()
    assert answer["Location"] == f"{NEW}?activity={activity.activity_no}"
    assert act_of(Duty.objects.get(code="LOG_ENTRY")).url == answer["Location"]
    assert activity.activity_no in client.get(answer["Location"]).content.decode()
    assert activities_without_log(cast.rm_a) == [activity]


@pytest.mark.parametrize(
    "changes",
    [
        {"borrower_no": "C-Z"},
        {"kind": "party"},
        {"ended_on": TODAY + dt.timedelta(days=1)},
        {"began_on": TODAY, "ended_on": TODAY - dt.timedelta(days=1)},
        {"ended_on": ""},
    ],
)
def test_nonsense_is_said_beside_its_field_and_kept(cast, borrower, client, changes):
    data = {"borrower_no": "C-A", "kind": "site_visit", "ended_on": TODAY, "summary": "Works seen", **changes}
    answer = client.post(ACTIVITY, data)
    assert answer.status_code == 422
    assert "Works seen" in answer.content.decode()
    assert not Activity.objects.exists()


def test_borrower_of_somebody_else_is_unknown(cast, borrower, client):
    build_borrower("C-B", cast.branches["S03"], cast.rm_b)
    for page, data in (
        (ACTIVITY, {"ended_on": TODAY}),
        (NEW, {"activity_on": TODAY, "act": "save", **TYPED}),
    ):
        answer = client.post(page, {"borrower_no": "C-B", "kind": "site_visit", **data})
        assert answer.status_code == 422
        assert "no borrower with this number" in answer.content.decode()
    assert not WorkLog.objects.exists()


def test_activity_of_somebody_else_is_not_found(cast, borrower, client):
    activity = recorded(cast, borrower)
    for who, status in (("rm_b", 404), ("supervisor_a", 403)):
        client.force_login(getattr(cast, who))
        assert client.get(f"{NEW}?activity={activity.activity_no}").status_code == status


def test_log_is_written_and_handed_in_with_one_press(cast, borrower, client):
    page = f"{NEW}?activity={recorded(cast, borrower).activity_no}"
    answer = client.post(page, {"place": "Works", "act": "submit", **TYPED})
    log = WorkLog.objects.get()
    assert answer["Location"] == url("log", log)
    assert (log.state, log.place, log.facts) == ("submitted", "Works", [FACT])
    assert Duty.objects.get(code="LOG_ENTRY").state == "done"
    assert client.get(page)["Location"] == url("log", log)
    assert client.post(page, {"place": "Works", "act": "submit", **TYPED})["Location"] == url("log", log)


def test_log_without_a_fact_is_not_handed_in_and_nothing_is_lost(cast, borrower, client):
    data = {"borrower_no": "C-A", "kind": "site_visit", "activity_on": TODAY, "analysis": "To be watched"}
    answer = client.post(NEW, {**data, "act": "submit"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "at least one fact" in html
    assert "To be watched" in html
    assert not WorkLog.objects.exists()


def test_monthly_minimum_opens_the_log_of_the_borrower(cast, borrower, client):
    answer = client.get(f"{NEW}?borrower=C-A").content.decode()
    assert 'value="C-A"' in answer


# --- writing on -----------------------------------------------------------------------------------
def test_typing_is_saved_by_itself(cast, borrower, client):
    log = draft(cast, borrower)
    data = {"version": 0, "place": "Works", **TYPED, "fact-fact": ["One thing", "", "Another"]}
    for key in ("category", "source", "effect"):
        data[f"fact-{key}"] = ["market", "market", "strategy"] if key == "category" else ["a", "", "b"]
    answer = client.post(url("save_log", log), data, headers=HTMX)
    assert answer.status_code == 200
    assert 'value="1"' in answer.content.decode()
    log.refresh_from_db()
    assert [fact["fact"] for fact in log.facts] == ["One thing", "Another"]


def test_second_tab_is_a_conflict_with_both_texts(cast, borrower, client):
    log = draft(cast, borrower)
    write_work_log(log, actor=cast.rm_a, business_date=TODAY, place="Works")
    data = {"version": 0, "place": "Office", **TYPED, "fact-fact": "Stock fell by a third"}
    for name in ("save_log", "write_log"):
        answer = client.post(url(name, log), data)
        html = answer.content.decode()
        assert answer.status_code == 409
        assert "Works" in html
        assert "Office" in html
        assert "Stock fell by a third · book" in html
        assert "Orders fell by 12 % against May · book" in html
    log.refresh_from_db()
    assert log.place == "Works"
    assert client.post(url("write_log", log), {**data, "version": log.version}).status_code == 302


def test_unknown_category_is_refused(cast, borrower, client):
    log = draft(cast, borrower)
    answer = client.post(url("write_log", log), {"version": 0, **TYPED, "fact-category": "weather"})
    assert answer.status_code == 422
    assert "Orders fell" in answer.content.decode()
    assert "Unknown category" in answer.content.decode()


def test_submitted_log_is_read_not_written(cast, borrower, client):
    log = draft(cast, borrower)
    data = {"version": 0, "act": "submit", **TYPED}
    assert client.post(url("write_log", log), data)["Location"] == url("log", log)
    assert client.post(url("write_log", log), data)["Location"] == url("log", log)
    log.refresh_from_db()
    assert log.submission == 1


# --- review ---------------------------------------------------------------------------------------
def test_review_duty_opens_the_log_and_its_reading_is_noted(cast, borrower, client):
    log = submitted(cast, borrower)
    assert act_of(Duty.objects.get(code="LOG_REVIEW")).url == url("log", log)
    client.get(url("log", log))  # the author's look counts for nothing
    assert not LogOpening.objects.exists()
    client.force_login(cast.supervisor_a)
    for _again in range(2):
        assert 'name="opinion"' in client.get(url("log", log)).content.decode()
    opening = LogOpening.objects.get()
    assert (opening.user, opening.submission) == (cast.supervisor_a, 1)


@pytest.mark.parametrize(("act", "state"), [("sign", "signed"), ("return", "returned")])
def test_supervisor_signs_or_returns(cast, borrower, client, act, state):
    log = submitted(cast, borrower)
    client.force_login(cast.supervisor_a)
    data = {"submission": 1, "opinion": OPINION, "act": act}
    assert client.post(url("review_log", log), data).status_code == 302
    log.refresh_from_db()
    assert log.state == state
    stale = client.post(url("review_log", log), data)
    assert stale.status_code == 409
    assert OPINION in stale.content.decode()
    client.force_login(cast.rm_a)
    assert (client.get(url("write_log", log)).status_code == 200) == (act == "return")
    if act == "return":
        assert OPINION in client.get(url("write_log", log)).content.decode()
        assert act_of(Duty.objects.get(code="RESUBMIT")).url == url("write_log", log)


@pytest.mark.parametrize("opinion", ["", "已阅", "seen"])
def test_opinion_must_say_something(cast, borrower, client, opinion):
    log = submitted(cast, borrower)
    client.force_login(cast.supervisor_a)
    answer = client.post(url("review_log", log), {"submission": 1, "opinion": opinion, "act": "sign"})
    assert answer.status_code == 422
    log.refresh_from_db()
    assert log.state == "submitted"


def test_logs_to_review_follow_role_branch_and_deadline(cast, borrower):
    early = submitted(cast, borrower)
    late = submitted(cast, borrower)
    Duty.objects.filter(subject_no=early.log_no).update(due_on=TODAY + dt.timedelta(days=9))
    waiting = logs_to_review(cast.supervisor_a, TODAY)
    assert [log.pk for log in waiting] == [late.pk, early.pk]
    assert waiting[0].due_on == dt.date(2026, 4, 14)
    assert not waiting[0].opened
    assert {log.pk for log in logs_to_review(cast.head_b1, TODAY)} == {early.pk, late.pk}
    for who in (cast.rm_a, cast.rm_b, cast.auditor, cast.risk):
        assert not logs_to_review(who, TODAY).exists()


def test_deputy_reviews_but_never_the_own_log(cast, borrower):
    Delegation.objects.create(
        delegator=cast.supervisor_a, delegate=cast.rm_a, from_on=TODAY, to_on=TODAY, reason="leave"
    )
    submitted(cast, borrower)
    assert not logs_to_review(cast.rm_a, TODAY).exists()


def test_several_are_signed_at_once_when_each_was_opened(cast, borrower):
    logs = [submitted(cast, borrower), submitted(cast, borrower)]
    who = {"actor": cast.supervisor_a, "business_date": TODAY}
    open_work_log(logs[0], **who)
    with pytest.raises(ApplicationError) as refusal:
        sign_work_logs(logs, opinion=OPINION, **who)
    assert refusal.value.code == "not_opened"
    assert refusal.value.details["logs"] == [logs[1].log_no]
    assert set(WorkLog.objects.values_list("state", flat=True)) == {"submitted"}
    open_work_log(logs[1], **who)
    sign_work_logs(logs, opinion=OPINION, **who)
    assert set(WorkLog.objects.values_list("state", flat=True)) == {"signed"}
    assert AuditEvent.objects.filter(action="work_log.signed").count() == 2


def test_one_that_was_signed_meanwhile_stops_them_all(cast, borrower):
    logs = [submitted(cast, borrower), submitted(cast, borrower)]
    who = {"actor": cast.supervisor_a, "business_date": TODAY}
    for log in logs:
        open_work_log(log, **who)
    sign_work_log(WorkLog.objects.get(pk=logs[1].pk), opinion=OPINION, **who)
    with pytest.raises(ApplicationError):
        sign_work_logs(logs, opinion=OPINION, **who)
    assert WorkLog.objects.get(pk=logs[0].pk).state == "submitted"


def test_nobody_signs_own_logs_in_a_batch(cast, borrower):
    log = submitted(cast, borrower)
    LogOpening.objects.create(log=log, submission=1, user=cast.rm_a, at="2026-04-10T00:00:00Z")
    with pytest.raises(PermissionRefused):
        sign_work_logs([log], actor=cast.rm_a, business_date=TODAY, opinion=OPINION)


# --- lists ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "found"), [("", 2), ("q=C-A", 2), ("q=C-X", 0), ("state=draft", 1), ("kind=phone", 0)]
)
def test_list_and_its_filters(cast, borrower, client, query, found):
    draft(cast, borrower)
    submitted(cast, borrower)
    assert len(client.get(f"{LOGS}?{query}").context["page"]) == found


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize("person", ["rm_a", "supervisor_a"])
def test_pages_take_twelve_queries_at_most(
    cast, borrower, client, rows, person, django_assert_max_num_queries
):
    for _n in range(rows):
        log = submitted(cast, borrower)
        recorded(cast, borrower)
    client.force_login(getattr(cast, person))
    for page in (LOGS, url("log", log)):
        client.get(page)
        with django_assert_max_num_queries(12):
            assert client.get(page).status_code == 200


def test_log_form_takes_twelve_queries_at_most(cast, borrower, client, django_assert_max_num_queries):
    log = draft(cast, borrower)
    for page in (url("write_log", log), f"{NEW}?activity={recorded(cast, borrower).activity_no}", ACTIVITY):
        client.get(page)
        with django_assert_max_num_queries(12):
            assert client.get(page).status_code == 200
