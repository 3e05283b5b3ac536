"""Pages of inspection reports: lists, the long form, reading, printing; nothing typed is lost."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from approvals.models import Request
from approvals.services import decide
from duties.models import Duty
from inspections.models import InspectionReport
from inspections.services import add_evidence, draft_report, submit_report, write_report
from tests.documents.files import JPEG
from tests.inspections.writing import (
    OPINION,
    TODAY,
    customer,
    handed_in,
    head,
    posted,
    quarter_duty,
    start,
    written,
)

pytestmark = pytest.mark.django_db

LIST, TO_WRITE = reverse("inspections:reports"), reverse("inspections:to_write")
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def duty(cast, client):
    client.cookies["django_language"] = "en"
    client.force_login(cast.rm_a)
    start()
    customer(cast)
    return quarter_duty(cast)


@pytest.fixture
def report(cast, duty):
    return draft_report(duty, actor=cast.rm_a, business_date=TODAY)


def url(name, report):
    return reverse(f"inspections:{name}", args=[report.report_no])


def many(cast, n):
    for number in range(n):
        customer(cast, f"C-{number}")
        handed_in(cast, quarter_duty(cast, f"C-{number}"))


# --- lists ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("q=C-1", 1),
        ("state=submitted", 2),
        ("state=draft", 0),
        ("period=2026Q1", 2),
        ("kind=annual", 0),
    ],
)
def test_list_and_its_filters(cast, duty, client, query, found):
    many(cast, 2)
    assert len(client.get(f"{LIST}?{query}").context["page"]) == found


@pytest.mark.parametrize(("person", "found"), [("rm_a", 1), ("rm_b", 0), ("supervisor_a", 1), ("auditor", 1)])
def test_list_follows_the_scope(cast, report, client, person, found):
    client.force_login(getattr(cast, person))
    assert len(client.get(LIST).context["page"]) == found


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize("page", [LIST, TO_WRITE])
def test_lists_take_twelve_queries_at_most(cast, duty, client, rows, page, django_assert_max_num_queries):
    for number in range(rows):
        customer(cast, f"C-{number}")
        draft_report(quarter_duty(cast, f"C-{number}"), actor=cast.rm_a, business_date=TODAY)
    client.get(page)
    with django_assert_max_num_queries(12):
        assert len(client.get(page).context["page"]) >= rows


def test_duty_leads_to_the_form(cast, duty, client):
    begin = reverse("inspections:begin", args=[duty.pk])
    assert begin in client.get(reverse("reports:workbench")).content.decode()
    assert begin in client.get(TO_WRITE).content.decode()
    assert "C-A" in client.get(begin).content.decode()
    answer = client.post(begin)
    report = InspectionReport.objects.get()
    assert answer["Location"] == url("write_report", report)
    assert client.get(begin)["Location"] == url("write_report", report)
    assert client.post(begin)["Location"] == url("write_report", report)


# --- the long form ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "person"), [("write_report", "rm_a"), ("report", "rm_a"), ("report", "supervisor_a")]
)
def test_pages_take_twelve_queries_at_most(cast, duty, client, name, person, django_assert_max_num_queries):
    """A report with everything: an earlier one, files, signatures, a return."""
    handed_in(cast, duty)
    report = written(cast, quarter_duty(cast, period_key="2026Q2"))
    add_evidence(report, SimpleUploadedFile("gate.jpg", JPEG), actor=cast.rm_a, business_date=TODAY)
    submit_report(report, actor=cast.rm_a, business_date=TODAY)
    decide(
        Request.objects.get(subject_no=report.report_no),
        actor=cast.supervisor_a,
        business_date=TODAY,
        outcome="return",
        opinion=OPINION,
    )
    client.force_login(getattr(cast, person))
    client.get(url(name, report))
    with django_assert_max_num_queries(12):
        answer = client.get(url(name, report))
    assert OPINION in answer.content.decode()


def test_what_is_typed_is_saved_by_itself(report, client):
    answer = client.post(
        url("save_report", report),
        {"version": 0, "place": "Works", "answer-B1": "Two lines of three run", "measure-what": "Call",
         "measure-owner": "", "measure-due_on": ""},
        headers=HTMX,
    )  # fmt: skip
    assert answer.status_code == 200
    assert 'value="1"' in answer.content.decode()
    report.refresh_from_db()
    assert (report.place, report.findings["B1"]["answer"]) == ("Works", "Two lines of three run")
    assert report.measures == [{"what": "Call", "owner": "", "due_on": ""}]


def test_second_tab_shows_both_and_changes_nothing(cast, report, client):
    write_report(report, actor=cast.rm_a, business_date=TODAY, version=0, place="Works")
    answer = client.post(
        url("save_report", report),
        {"version": 0, "place": "Office", "answer-B1": "Three lines"},
        headers=HTMX,
    )
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Works" in html
    assert "Office" in html
    assert "Three lines" in html
    report.refresh_from_db()
    assert (report.place, report.findings) == ("Works", {})


def test_conflict_on_the_page_keeps_what_was_typed_and_can_be_sent_again(cast, report, client):
    write_report(report, actor=cast.rm_a, business_date=TODAY, version=0, place="Works")
    data = {"version": 0, "place": "Office", "answer-B1": "Three lines", "act": "save"}
    answer = client.post(url("write_report", report), data)
    assert answer.status_code == 409
    assert "Three lines" in answer.content.decode()
    assert 'name="version" value="1"' in answer.content.decode()
    assert client.post(url("write_report", report), {**data, "version": 1}).status_code == 302
    report.refresh_from_db()
    assert report.place == "Office"


@pytest.mark.parametrize(
    "changes",
    [
        {"visited_on": "yesterday"},
        {"method": "by pigeon"},
        {"version": "x"},
        {"measure-what": "Call", "measure-owner": "A", "measure-due_on": "soon"},
        {"answer-B1": "x" * 5000},
    ],
)
def test_bad_input_is_said_and_nothing_is_stored(report, client, changes):
    data = {"version": 0, "place": "Office", "act": "save", **changes}
    answer = client.post(url("write_report", report), data)
    assert answer.status_code == 422
    assert "Office" in answer.content.decode()
    report.refresh_from_db()
    assert (report.place, report.version) == ("", 0)
    assert "Not saved yet" in client.post(url("save_report", report), data, headers=HTMX).content.decode()


def test_incomplete_report_is_saved_and_its_gaps_are_marked(report, client):
    data = posted(report, act="submit", **{"answer-B1": "正常", "note-B1": ""})
    answer = client.post(url("write_report", report), data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "alone is no finding" in html
    assert 'id="error-B1"' in html
    report.refresh_from_db()
    assert (report.state, report.findings["B1"]["answer"]) == ("draft", "正常")


def test_complete_report_is_handed_in_once(cast, report, client):
    data = posted(report, act="submit")
    assert client.post(url("write_report", report), data)["Location"] == url("report", report)
    assert client.post(url("write_report", report), data)["Location"] == url("report", report)
    assert Request.objects.count() == 1
    assert Duty.objects.get(code="REPORT_QUARTER").state == "done"
    page = client.get(url("report", report)).content.decode()
    assert "Withdraw" in page
    client.post(url("withdraw_report", report))
    report.refresh_from_db()
    assert report.state == "draft"


def test_supervisor_finds_it_in_the_queue_and_reads_it(cast, duty, client):
    report = handed_in(cast, duty)
    client.force_login(cast.supervisor_a)
    queue = client.get(reverse("approvals:queue")).content.decode()
    assert url("report", report) in queue
    assert client.get(url("report", report)).status_code == 200
    assert client.get(url("write_report", report)).status_code == 403


def test_last_answer_stands_beside_the_question(cast, duty, client):
    handed_in(cast, duty)
    later = draft_report(quarter_duty(cast, period_key="2026Q2"), actor=cast.rm_a, business_date=TODAY)
    assert "75.5 %" in client.get(url("write_report", later)).content.decode()


# --- files, paper -----------------------------------------------------------------------------------------
def test_photo_shows_and_a_wrong_file_is_refused_beside_its_field(report, client):
    for headers in (HTMX, {}):
        answer = client.post(
            url("add_evidence", report), {"file": SimpleUploadedFile("gate.jpg", JPEG)}, headers=headers
        )
        assert answer.status_code == (200 if headers else 302)
    assert 'class="thumb"' in client.get(url("report", report)).content.decode()
    answer = client.post(
        url("add_evidence", report), {"file": SimpleUploadedFile("gate.exe", b"MZ")}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "Only PDF" in answer.content.decode()


def test_markup_in_what_was_typed_is_text(cast, duty, client):
    report = written(cast, duty, **head(summary="<script>alert(1)</script> " * 3))
    for name in ("report", "write_report", "print_report"):
        assert "<script>alert(1)" not in client.get(url(name, report)).content.decode()


def test_paper_is_chinese_whoever_reads_it(cast, duty, client):
    report = handed_in(cast, duty)
    html = client.get(url("print_report", report)).content.decode()
    for text in ("贷后检查报告", report.report_no, report.content_hash[:16], "检查结论", "C-A"):
        assert text in html
    assert "Business" not in html


def test_pdf_is_one(cast, duty, client):
    report = handed_in(cast, duty)
    answer = client.get(url("report_pdf", report))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
