"""The approval queue as people get it: what waits for me, decided with an opinion; what became of mine."""

import pytest
from django.urls import reverse

from approvals.models import Request
from approvals.services import request_calendar_change, request_waiver
from core.importers import read_calendar
from tests.reports.duties import TODAY, customer, open_duty, start

pytestmark = pytest.mark.django_db

QUEUE = reverse("approvals:queue")
OPINION = "The reason was checked against the file"


@pytest.fixture
def asked(cast, client):
    """Two waivers asked for by the relationship manager in S01; the first is due first."""
    client.cookies["django_language"] = "en"
    start()
    customer(cast)
    requests = []
    for n in (1, 2):
        duty = open_duty(cast, f"2026-06-0{n + 3}", period_key=str(n))
        requests.append(
            request_waiver(duty, actor=cast.rm_a, business_date=TODAY, reason=f"Closed for repair, part {n}")
        )
    return requests


def decide(client, request, **data):
    url = reverse("approvals:decide", args=["request", request.number])
    return client.post(url, {"outcome": "approve", "opinion": OPINION, "level": "1", **data})


def test_queue_shows_what_waits_with_reason_and_record(asked, cast, client):
    client.force_login(cast.head_b1)
    response = client.get(QUEUE)
    html = response.content.decode()
    assert [item.number for item in response.context["desk"].items] == [row.number for row in asked]
    assert response.context["chosen"] == asked[0]
    assert "Closed for repair, part 1" in html
    assert reverse("reports:duty", args=[asked[0].subject_no]) in html
    assert "Anshan Bearings" in html


def test_another_request_can_be_chosen(asked, cast, client):
    client.force_login(cast.head_b1)
    assert client.get(f"{QUEUE}?item=request:{asked[1].number}").context["chosen"] == asked[1]
    assert client.get(f"{QUEUE}?item=request:nonsense%00").context["chosen"] == asked[0]


@pytest.mark.parametrize("person", ["rm_a", "rm_b", "auditor", "outsider", "admin"])
def test_queue_of_others_is_empty_and_says_so(asked, cast, client, person):
    client.force_login(getattr(cast, person))
    response = client.get(QUEUE)
    assert response.context["desk"].items == []
    assert "Nothing waits for your signature" in response.content.decode()


def test_decision_brings_up_the_next_request(asked, cast, client):
    client.force_login(cast.head_b1)
    response = decide(client, asked[0])
    assert response["Location"].startswith(QUEUE)
    assert client.get(QUEUE).context["chosen"] == asked[1]
    asked[0].refresh_from_db()
    assert asked[0].state == "approved"


@pytest.mark.parametrize("opinion", ["", "   ", "ok", "已阅", "同意同意同意", "x" * 2001])
def test_empty_opinion_is_refused_beside_the_field_and_kept(asked, cast, client, opinion):
    client.force_login(cast.head_b1)
    response = decide(client, asked[1], opinion=opinion)
    html = response.content.decode()
    assert response.status_code == 422
    assert response.context["chosen"] == asked[1]
    assert "opinion" in response.context["form"].errors
    if opinion.strip():
        assert opinion[:40] in html
    assert Request.objects.open().count() == 2


@pytest.mark.parametrize(
    "data", [{"outcome": ""}, {"outcome": "burn"}, {"level": "0"}, {"level": "x"}, {"level": ""}]
)
def test_tampered_form_signs_nothing(asked, cast, client, data):
    client.force_login(cast.head_b1)
    assert decide(client, asked[0], **data).status_code == 422
    assert Request.objects.open().count() == 2


def test_second_press_of_the_button_is_harmless(asked, cast, client):
    client.force_login(cast.head_b1)
    decide(client, asked[0])
    response = client.post(
        reverse("approvals:decide", args=["request", asked[0].number]),
        {"outcome": "reject", "opinion": OPINION, "level": "1"},
        follow=True,
    )
    assert "Somebody has signed this meanwhile" in response.content.decode()
    asked[0].refresh_from_db()
    assert asked[0].state == "approved"


def test_nobody_signs_own_work_through_the_page(asked, cast, client):
    client.force_login(cast.rm_a)
    assert decide(client, asked[0]).status_code == 403


def test_returned_request_shows_the_opinion_to_the_applicant(asked, cast, client):
    client.force_login(cast.head_b1)
    decide(client, asked[0], outcome="return", opinion="Say until when the repair lasts")
    client.force_login(cast.rm_a)
    html = client.get(QUEUE).content.decode()
    assert "Say until when the repair lasts" in html
    assert "Returned" in html


def test_own_request_is_withdrawn_once(asked, cast, client):
    client.force_login(cast.rm_a)
    url = reverse("approvals:withdraw", args=[asked[0].number])
    assert "was withdrawn" in client.post(url, follow=True).content.decode()
    client.post(url)
    asked[0].refresh_from_db()
    assert asked[0].state == "withdrawn"


def test_calendar_change_shows_the_days_that_differ(cast, client):
    client.cookies["django_language"] = "en"
    start()
    # 3 January 2028 is a Monday, 8 January a Saturday.
    days = read_calendar(b"date,is_workday,name\n2028-01-03,0,New Year\n2028-01-08,1,\n2028-01-05,1,\n")
    request_calendar_change(days, actor=cast.admin, business_date=TODAY, source="Notice of 2028")
    client.force_login(cast.risk)
    html = client.get(QUEUE).content.decode()
    assert "Notice of 2028" in html
    assert "2028-01-03" in html
    assert "2028-01-08" in html
    assert "2028-01-05" not in html


@pytest.mark.parametrize("rows", [1, 20])
def test_queue_takes_twelve_queries_at_most(cast, client, rows, django_assert_max_num_queries):
    start()
    customer(cast)
    for n in range(rows):
        duty = open_duty(cast, "2026-06-09", period_key=str(n))
        request_waiver(duty, actor=cast.rm_a, business_date=TODAY, reason="Closed for repair, all of it")
    client.force_login(cast.head_b1)
    client.get(QUEUE)
    with django_assert_max_num_queries(12):
        assert len(client.get(QUEUE).context["desk"].items) == rows
