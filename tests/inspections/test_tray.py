"""The desk: logs and reports in one queue, opened logs signed together."""

import pytest
from django.urls import reverse

from inspections.models import InspectionReport, WorkLog
from tests.builders import build_borrower
from tests.cast import Cast
from tests.inspections.test_services import MONDAY, OPINION, TUESDAY, submitted
from tests.inspections.writing import customer, handed_in, quarter_duty, start

pytestmark = pytest.mark.django_db
QUEUE = reverse("approvals:queue")
TOGETHER = reverse("approvals:together")


@pytest.fixture
def logs(cast: Cast, client) -> list[WorkLog]:
    client.cookies["django_language"] = "en"
    start(TUESDAY)
    borrower = build_borrower("B1", cast.branches["S01"], cast.rm_a)
    client.force_login(cast.supervisor_a)
    return [submitted(cast, borrower, analysis=f"Log number {n}") for n in range(3)]


def keys(*logs: WorkLog) -> list[str]:
    return [f"work_log:{log.log_no}" for log in logs]


def read(client, log: WorkLog) -> str:
    return client.get(QUEUE, {"item": keys(log)[0]}).content.decode()


def sign(client, log: WorkLog, **data):
    url = reverse("approvals:decide", args=["work_log", log.log_no])
    return client.post(url, {"outcome": "approve", "opinion": OPINION, "level": "1", **data})


def states() -> list[str]:
    return list(WorkLog.objects.order_by("pk").values_list("state", flat=True))


def test_queue_shows_the_log_and_notes_that_it_was_opened(logs, client):
    html = read(client, logs[1])
    assert "Orders fell by 12 %" in html
    assert "Log number 1" in html
    assert "Reject" not in html
    opened = [item.opened for item in client.get(QUEUE).context["desk"].items]
    assert sorted(opened) == [False, True, True]  # the first one lies open now


def test_decision_signs_or_returns_the_submission_that_was_seen(logs, client):
    assert sign(client, logs[0])["Location"].startswith(QUEUE)
    assert sign(client, logs[1], outcome="return")["Location"].startswith(QUEUE)
    assert sign(client, logs[2], level="2", follow=True).status_code == 302
    assert states() == ["signed", "returned", "submitted"]


@pytest.mark.parametrize("data", [{"outcome": "reject"}, {"opinion": "ok"}, {"level": ""}])
def test_refused_decision_keeps_the_words(logs, client, data):
    response = sign(client, logs[0], **data)
    assert response.status_code in (400, 422)
    assert data.get("opinion", OPINION) in response.content.decode()
    assert states() == ["submitted"] * 3


def test_opened_logs_are_signed_together(logs, client):
    for log in logs[:2]:
        read(client, log)
    client.post(TOGETHER, {"items": keys(*logs[:2]), "opinion": OPINION})
    assert states() == ["signed", "signed", "submitted"]


def test_a_log_that_was_not_opened_holds_all_of_them_back(logs, client):
    read(client, logs[0])
    response = client.post(TOGETHER, {"items": keys(logs[0], logs[2]), "opinion": OPINION})
    html = response.content.decode()
    assert "Only what you have opened can be signed together" in html
    assert OPINION in html
    assert states() == ["submitted"] * 3


@pytest.mark.parametrize("opinion", ["", "seen"])
def test_together_needs_an_opinion_too(logs, client, opinion):
    read(client, logs[0])
    assert client.post(TOGETHER, {"items": keys(logs[0]), "opinion": opinion}).status_code in (400, 422)
    assert states() == ["submitted"] * 3


def test_nobody_signs_own_logs_or_those_of_another_branch(logs, cast, client):
    for person, status in ((cast.rm_a, 403), (cast.rm_b, 404), (cast.outsider, 404)):
        client.force_login(person)
        assert client.get(QUEUE).context["desk"].items == []
        assert sign(client, logs[0]).status_code == status
        client.post(TOGETHER, {"items": keys(*logs), "opinion": OPINION})
    assert states() == ["submitted"] * 3


def test_unknown_trays_are_not_found(logs, client):
    assert client.post(reverse("approvals:decide", args=["ghost", "1"])).status_code == 404


def test_second_press_says_that_it_is_signed(logs, client):
    sign(client, logs[0])
    url = reverse("approvals:decide", args=["work_log", logs[0].log_no])
    again = client.post(url, {"outcome": "approve", "opinion": OPINION, "level": "1"}, follow=True)
    assert "reviewed or written anew meanwhile" in again.content.decode()


def test_report_lies_open_with_findings_and_files(cast, client):
    client.cookies["django_language"] = "en"
    start()
    customer(cast)
    report = handed_in(cast, quarter_duty(cast))
    client.force_login(cast.supervisor_a)
    html = client.get(QUEUE).content.decode()
    assert report.report_no in html
    assert "Orders of 320 tons until May" in html
    assert InspectionReport.objects.get().state == "submitted"


@pytest.mark.parametrize("rows", [1, 30])
def test_queue_takes_twelve_queries_at_most(cast, client, rows, django_assert_max_num_queries):
    start(MONDAY)
    borrower = build_borrower("B1", cast.branches["S01"], cast.rm_a)
    for _ in range(rows):
        submitted(cast, borrower)
    client.force_login(cast.supervisor_a)
    client.get(QUEUE)
    with django_assert_max_num_queries(12):
        assert len(client.get(QUEUE).context["desk"].items) == rows
