"""One duty: its page, marking it done, asking for a waiver; nothing typed is lost."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from approvals.models import Request
from core.models import AuditEvent
from documents.models import StoredFile
from duties.enums import DutyState
from duties.models import Reminder
from tests.documents.files import PDF
from tests.reports.duties import TODAY, customer, open_duty, start

pytestmark = pytest.mark.django_db

NOTE = "Visited the works on Tuesday, stock as in the books"
HTMX = {"HX-Request": "true", "HX-Target": "dialog-slot"}


@pytest.fixture
def duty(cast, client):
    client.cookies["django_language"] = "en"
    start()
    customer(cast)
    client.force_login(cast.rm_a)
    return open_duty(
        cast,
        "2026-06-02",
        code="RATING_QUARTERLY_REVIEW",
        loans="L-A",
        explanation={
            "anchor": "quarter_end",
            "offset": 15,
            "unit": "workday",
            "roll": "keep",
            "regime": "key",
        },
    )


def url(name, duty):
    return reverse(f"reports:{name}", args=[duty.pk])


def done(**changes):
    return {"done-note": NOTE, "done-version": "0", **changes}


def waiver(**changes):
    return {"waiver-reason": "The works are closed for repair", "waiver-version": "0", **changes}


def test_page_says_why_me_and_why_then(duty, client, cast):
    Reminder.objects.create(
        duty=duty, stage="escalated_supervisor", recipient=cast.supervisor_a, raised_on=TODAY
    )
    html = client.get(url("duty", duty)).content.decode()
    for text in (
        "Review the rating for the quarter",
        "Why me, why then",
        "15 working days after the end of the quarter",
        "Anshan Bearings",
        "Escalated to the supervisor",
        "Person E003",
        "Mark as done",
        "Request a waiver",
    ):
        assert text in html


def test_page_of_another_branch_is_not_found(duty, client, cast):
    client.force_login(cast.rm_b)
    for name in ("duty", "complete", "waive"):
        assert client.get(url(name, duty)).status_code == 404


def test_auditor_reads_the_page_without_forms(duty, client, cast):
    client.force_login(cast.auditor)
    html = client.get(url("duty", duty)).content.decode()
    assert "done-note" not in html
    assert client.post(url("complete", duty), done()).status_code == 403


def test_done_closes_the_duty_with_evidence_and_audit(duty, client, cast):
    evidence = SimpleUploadedFile("visit.pdf", PDF)
    response = client.post(url("complete", duty), done(**{"done-evidence": evidence}), follow=True)
    assert "Marked as done" in response.content.decode()
    duty.refresh_from_db()
    stored = StoredFile.objects.get()
    assert (duty.state, duty.done_on, duty.closing_note) == (DutyState.DONE, TODAY, NOTE)
    assert duty.evidence == f"file:{stored.pk}"
    assert (stored.subject_type, stored.subject_no) == ("duty", str(duty.pk))
    assert AuditEvent.objects.filter(action="duty.completed", actor_no="E001").count() == 1
    html = client.get(url("duty", duty)).content.decode()
    assert "visit.pdf" in html
    assert NOTE in html


def test_htmx_answer_closes_the_dialog_and_renews_the_list(duty, client):
    form = client.get(url("complete", duty), headers=HTMX).content.decode()
    assert form.lstrip().startswith("<dialog")
    response = client.post(url("complete", duty), done(), headers=HTMX)
    assert response.status_code == 200
    assert response["HX-Trigger"] == "dutyChanged"
    assert 'hx-swap-oob="beforeend"' in response.content.decode()


@pytest.mark.parametrize("note", ["", "    ", "ok", "x" * 2001, "abcd\x00efg"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_bad_note_is_refused_beside_the_field_and_kept(duty, client, note, headers):
    response = client.post(url("complete", duty), done(**{"done-note": note}), headers=headers)
    assert response.status_code == 422
    html = response.content.decode()
    assert 'aria-invalid="true"' in html
    assert "what you typed is still here" in html
    if note.strip() and "\x00" not in note:
        assert note.strip()[:40] in html
    duty.refresh_from_db()
    assert duty.state == DutyState.OPEN


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("a.exe", b"MZ"),
        SimpleUploadedFile("a.pdf", b"no pdf at all"),
        SimpleUploadedFile("a.pdf", b""),
    ],
)
def test_bad_file_is_refused_beside_its_field_and_the_note_is_kept(duty, client, file):
    response = client.post(url("complete", duty), done(**{"done-evidence": file}))
    assert response.status_code == 422
    assert response.context["complete_form"].errors.keys() == {"evidence"}
    assert NOTE in response.content.decode()
    duty.refresh_from_db()
    assert duty.state == DutyState.OPEN
    assert not StoredFile.objects.exists()


def test_file_that_is_too_large_is_refused(duty, client, settings):
    settings.UPLOAD_MAX_BYTES = 100
    file = SimpleUploadedFile("a.pdf", PDF + b" " * 100)
    response = client.post(url("complete", duty), done(**{"done-evidence": file}))
    assert response.status_code == 422
    assert response.context["complete_form"].errors.keys() == {"evidence"}


def test_second_submission_of_the_same_form_is_harmless(duty, client):
    first, second = (client.post(url("complete", duty), done()) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert AuditEvent.objects.filter(action="duty.completed").count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_stale_form_shows_what_happened_beside_what_was_typed(duty, client, cast, headers):
    client.force_login(cast.supervisor_a)
    client.post(url("complete", duty), done(**{"done-note": "The supervisor was there first"}))
    client.force_login(cast.rm_a)
    response = client.post(url("complete", duty), done(), headers=headers)
    assert response.status_code == 409
    html = response.content.decode()
    assert "The supervisor was there first" in html
    assert NOTE in html
    assert "closed or changed meanwhile" in html


def test_form_with_an_older_version_can_be_sent_again_after_a_look(duty, client):
    duty.version = 3
    duty.save(update_fields=["version"])
    response = client.post(url("complete", duty), done())
    assert response.status_code == 409
    html = response.content.decode()
    assert 'name="done-version" value="3"' in html
    assert client.post(url("complete", duty), done(**{"done-version": "3"})).status_code == 302


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
def test_version_that_was_tampered_with_changes_nothing(duty, client, version):
    assert client.post(url("complete", duty), done(**{"done-version": version})).status_code in (409, 422)
    duty.refresh_from_db()
    assert duty.state == DutyState.OPEN


def test_waiver_is_asked_for_and_decided_by_another_person(duty, client, cast):
    response = client.post(url("waive", duty), waiver(), follow=True)
    assert "another person decides" in response.content.decode()
    duty.refresh_from_db()
    assert duty.state == DutyState.OPEN
    request = Request.objects.get()
    assert "Waiver requested" in client.get(url("duty", duty)).content.decode()
    client.force_login(cast.head_b1)
    client.post(
        reverse("approvals:decide", args=["request", request.number]),
        {"outcome": "approve", "opinion": "Repair is known to the branch", "level": 1},
    )
    duty.refresh_from_db()
    assert duty.state == DutyState.WAIVED
    assert "Repair is known to the branch" in client.get(url("duty", duty)).content.decode()


def test_waiver_without_a_reason_keeps_the_text(duty, client):
    response = client.post(url("waive", duty), waiver(**{"waiver-reason": "同意同意同意"}))
    assert response.status_code == 422
    assert "同意同意同意" in response.content.decode()
    assert not Request.objects.exists()


def test_waiver_asked_for_twice_waits_once(duty, client):
    client.post(url("waive", duty), waiver())
    response = client.post(url("waive", duty), waiver())
    assert response.status_code == 409
    assert Request.objects.count() == 1


def test_waiver_of_a_closed_duty_says_so(duty, client):
    client.post(url("complete", duty), done())
    assert client.post(url("waive", duty), waiver()).status_code == 409


def test_page_costs_the_same_for_one_event_and_for_thirty(duty, client, django_assert_max_num_queries):
    for n in range(30):
        Reminder.objects.create(
            duty=duty, stage=f"s{n}", recipient_id=duty.owner_id, raised_on=TODAY + dt.timedelta(days=n)
        )
    with django_assert_max_num_queries(12):
        assert client.get(url("duty", duty)).status_code == 200
