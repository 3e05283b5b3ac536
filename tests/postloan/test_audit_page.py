"""The audit trail for auditors: find, read, verify; nobody else."""

import datetime as dt

import pytest
from django.db import connection
from django.urls import reverse

from core import audit, clock, jobs
from core.enums import RunState
from core.errors import PermissionRefused
from core.models import AuditEvent, Job
from org.enums import Role
from postloan.selectors.audit import VERIFY_JOB, chains, event_of, summary_of
from postloan.services import ask_for_check
from tests.cast import build_person
from tests.database import without_triggers

pytestmark = pytest.mark.django_db

PAGE = reverse("postloan:audit")
VERIFY = reverse("postloan:audit_verify")


@pytest.fixture
def auditor(cast, client):
    client.cookies["django_language"] = "en"
    client.force_login(cast.auditor)
    return cast.auditor


def note(action: str = "duty.completed", **fields) -> AuditEvent:
    return audit.record(action, **fields)


def at(event: AuditEvent, instant: str) -> AuditEvent:
    """Move an event in time, as no product act can."""
    with without_triggers():
        AuditEvent.objects.filter(pk=event.pk).update(at=dt.datetime.fromisoformat(instant))
    return event


def found(client, **query) -> set[int]:
    return {event.pk for event in client.get(PAGE, query).context["page"].rows}


# --- who --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["rm_a", "supervisor_a", "head_b1", "risk", "admin", "outsider"])
def test_others_are_refused(cast, client, who):
    client.force_login(getattr(cast, who))
    event = note()
    for url in (PAGE, reverse("postloan:audit_chains"), reverse("postloan:audit_event", args=[event.pk])):
        assert client.get(url).status_code == 403
    assert client.post(VERIFY).status_code == 403
    with pytest.raises(PermissionRefused):
        ask_for_check(actor=getattr(cast, who))


def test_superuser_is_no_auditor(cast, client):
    root = build_person("E099", cast.branches["H0"])
    root.is_superuser = True
    root.save()
    client.force_login(root)
    assert client.get(PAGE).status_code == 403


def test_security_administrator_reads(cast, client):
    client.force_login(build_person("E021", cast.branches["H0"], Role.SECURITY_ADMIN))
    assert client.get(PAGE).status_code == 200


def test_menu_offers_it_to_readers_alone(cast, client, auditor):
    assert PAGE in client.get(reverse("core:calendar")).content.decode()
    client.force_login(cast.admin)
    assert PAGE not in client.get(reverse("core:calendar")).content.decode()


# --- the list ---------------------------------------------------------------------------------------------
def test_events_read_newest_first_in_words(cast, auditor, client):
    old = at(note(actor=cast.rm_a, subject_type="duty", subject_no="17"), "2026-06-01T08:00+08:00")
    new = note("calendar.changed", subject_type="calendar", subject_no="2026", after={"source": "Notice 7"})
    rows = client.get(PAGE).context["page"].rows
    assert [event.pk for event in rows if event.pk in (old.pk, new.pk)] == [new.pk, old.pk]
    html = client.get(PAGE).content.decode()
    for text in ("Duty marked as done", "Calendar changed", "source: Notice 7", "Person E001", "System"):
        assert text in html


def test_filters_narrow_by_record_person_act_and_day(cast, auditor, client):
    done = at(
        note(actor=cast.rm_a, subject_type="duty", subject_no="17"),
        "2026-06-01T23:59:59.5+08:00",
    )
    run = at(note("daily.step", subject_type="daily_run", subject_no="2026-06-01"), "2026-06-02T00:00+08:00")
    assert found(client, subject_type="duty", subject_no="17") == {done.pk}
    assert found(client, subject_no=" 2026-06-01 ") == {run.pk}
    assert found(client, action="daily.step") == {run.pk}
    assert found(client, actor="E001") == found(client, actor="person e001") == {done.pk}
    assert found(client, actor="nobody of that name") == set()
    assert run.pk in found(client, by="system")
    assert run.pk not in found(client, by="people")
    # Days are the bank's: the first ends at midnight in Shanghai.
    assert found(client, since="2026-06-01", until="2026-06-01") == {done.pk}
    assert found(client, since="2026-06-02", until="2026-06-02") == {run.pk}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("since", "2026-02-30"),
        ("until", "9999-12-31"),
        ("until", "2101-01-01"),
        ("since", "0001-01-01"),
        ("action", "drop.table"),
        ("subject_type", "nothing"),
        ("by", "ghosts"),
        ("actor", "x" * 61),
        ("subject_no", "\x00"),
    ],
)
def test_bad_filter_is_told_beside_its_field(auditor, client, field, value):
    note()
    response = client.get(PAGE, {field: value})
    assert response.status_code == 200
    assert list(response.context["filter"].form.errors) == [field]


@pytest.mark.parametrize("query", [{"after": "x"}, {"before": "W10"}, {"after": "WyJ4IiwgInkiXQ"}])
def test_nonsense_in_the_address_shows_the_first_page(auditor, client, query):
    event = note()
    assert event.pk in found(client, **query)


def test_list_pages_by_keyset_back_and_forth(auditor, client):
    for n in range(60):
        note(subject_type="duty", subject_no=str(n))
    query = {"subject_type": "duty"}
    first = client.get(PAGE, query).context["page"]
    second = client.get(PAGE, {**query, "after": first.after}).context["page"]
    assert (len(first), len(second), second.after) == (50, 10, "")
    back = client.get(PAGE, {**query, "before": second.before}).context["page"]
    assert [event.pk for event in back.rows] == [event.pk for event in first.rows]


def test_htmx_gets_the_list_alone(auditor, client):
    html = client.get(PAGE, headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert "<html" not in html
    assert "Do the chains hold?" not in html


def test_empty_list_offers_the_way_out(auditor, client):
    assert "No event matches" in client.get(PAGE, {"subject_no": "none"}).content.decode()


@pytest.mark.parametrize("rows", [1, 50])
def test_page_takes_twelve_queries_at_most(cast, auditor, client, rows, django_assert_max_num_queries):
    for n in range(rows):
        note(actor=cast.rm_a, subject_type="duty", subject_no=str(n))
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE, {"actor": "person", "since": "2026-01-01"})


def test_summary_is_one_bounded_line():
    event = AuditEvent(after={"note": "x" * 500, "empty": "", "counts": {"b": 1}})
    assert len(summary_of(event)) == 161
    assert summary_of(AuditEvent(after={"counts": {"b": 1, "a": [2]}})) == 'counts: {"a": [2], "b": 1}'


# --- one event ----------------------------------------------------------------------------------------------
def test_event_shows_before_after_and_its_place(auditor, client):
    event = note(
        "user.roles_changed",
        subject_type="user",
        subject_no="E001",
        before={"roles": ["supervisor"], "name": "<b>A</b>"},
        after={"roles": ["auditor"], "left": None},
    )
    changes = {change.name: (change.before, change.after) for change in event_of(event.pk).changes}
    assert changes["roles"] == ('["supervisor"]', '["auditor"]')
    assert changes["left"] == ("", "")
    html = client.get(reverse("postloan:audit_event", args=[event.pk])).content.decode()
    assert event.hash in html
    assert "hash fits the content" in html
    assert "<b>A" not in html


def test_changed_event_is_called_so(auditor, client):
    event = note()
    with without_triggers():
        AuditEvent.objects.filter(pk=event.pk).update(subject_no="other")
    html = client.get(reverse("postloan:audit_event", args=[event.pk])).content.decode()
    assert "this event was changed" in html


@pytest.mark.parametrize("pk", ["0", "999999999", str(2**63 - 1)])
def test_unknown_event_is_not_found(auditor, client, pk):
    assert client.get(f"/audit/{pk}/").status_code == 404


def test_number_beyond_the_database_is_not_found(auditor, client):
    assert client.get(f"/audit/{2**70}/").status_code == 404


# --- the chains ------------------------------------------------------------------------------------
def run_check(actor) -> Job:
    job = ask_for_check(actor=actor)
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def test_verification_is_asked_for_once_and_done_in_the_background(auditor, client):
    note()
    assert chains().verdict == "never"
    for _press in range(2):
        assert client.post(VERIFY).status_code == 302
    assert Job.objects.filter(kind=VERIFY_JOB).count() == 1
    assert chains().verdict == "running"
    assert 'hx-trigger="every 3s"' in client.get(PAGE).content.decode()


def test_chains_that_hold_say_so_and_the_check_is_filed(auditor, client):
    note()
    job = run_check(auditor)
    assert (job.state, job.result["bad"], chains().verdict) == (RunState.DONE, "", "good")
    event = AuditEvent.objects.get(action="audit.verified")
    assert (event.actor_no, event.after["digest"]) == ("E007", job.result["digest"])
    assert "All chains hold." in client.get(PAGE).content.decode()


def test_tampering_shows(auditor, client):
    event = note()
    note()
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute("UPDATE core_auditevent SET actor_name = 'Nobody' WHERE id = %s", [event.pk])
    job = run_check(auditor)
    assert chains().verdict == "bad"
    assert f"event {event.sequence}" in job.result["bad"]
    assert "was tampered with" in client.get(PAGE).content.decode()


def test_old_verification_is_called_old(auditor, client):
    job = run_check(auditor)
    Job.objects.filter(pk=job.pk).update(finished_at=clock.seconds_ago(8 * 24 * 3600))
    assert chains().stale
    assert "more than a week ago" in client.get(PAGE).content.decode()


def test_verification_that_failed_says_why(auditor, client):
    job = ask_for_check(actor=auditor)
    Job.objects.filter(pk=job.pk).update(
        state=RunState.FAILED, message="The worker died", finished_at=clock.now()
    )
    assert chains().verdict == "failed"
    assert "The worker died" in client.get(PAGE).content.decode()


def test_verification_takes_no_get(auditor, client):
    assert client.get(VERIFY).status_code == 405
