"""What stands around every page: menu by role, warnings, language, unit, errors."""

import datetime as dt

import pytest
import time_machine
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from core.enums import RunState
from core.models import BusinessDate, BusinessDay, DailyRun
from duties.models import Digest
from postloan.shell import Shell
from tests.builders import build_delivery
from tests.reports.duties import TODAY, customer, open_duty, start

pytestmark = pytest.mark.django_db

NIGHT = dt.datetime(2026, 6, 2, 20, 0, tzinfo=dt.UTC)
HOME = "/"


def shell(user, path=HOME):
    request = RequestFactory().get(path)
    request.user = user
    with translation.override("en"):
        made = Shell(request)
        made.texts = [banner.text for banner in made.banners]
        made.titles = [item.title for group in made.navigation for item in group.items]
    return made


def closed(day="2026-06-02", **fields):
    values = {"state": RunState.DONE, "finished_at": NIGHT, "with_delivery": True}
    return DailyRun.objects.create(business_date=dt.date.fromisoformat(day), **{**values, **fields})


@pytest.mark.parametrize(
    ("person", "there", "not_there"),
    [
        (
            "rm_a",
            {"Workbench", "Approval queue", "Borrowers", "Loans", "Calendar"},
            {"Imports", "Daily runs"},
        ),
        ("head_b1", {"Workbench", "Borrowers"}, {"Imports", "Daily runs"}),
        ("auditor", {"Borrowers", "Imports", "Daily runs"}, set()),
        ("admin", {"Imports", "Daily runs", "Calendar"}, {"Borrowers", "Loans"}),
        ("outsider", {"Workbench"}, {"Borrowers", "Loans", "Imports", "Daily runs"}),
    ],
)
def test_menu_follows_the_roles(cast, person, there, not_there):
    titles = set(shell(getattr(cast, person)).titles)
    assert there <= titles
    assert not titles & not_there


@pytest.mark.parametrize(
    ("path", "active"),
    [
        ("/", "Workbench"),
        ("/loans/L-1/", "Loans"),
        ("/borrowers/", "Borrowers"),
        ("/approvals/", "Approval queue"),
    ],
)
def test_menu_marks_where_we_are(cast, path, active):
    made = shell(cast.rm_a, path)
    assert [item.title for group in made.navigation for item in group.items if item.active] == [active]


def test_every_item_of_every_menu_opens(cast, client):
    start()
    for person in cast.people().values():
        client.force_login(person)
        for group in shell(person).navigation:
            for item in group.items:
                assert client.get(item.url).status_code == 200, (person, item.url)


# --- warnings --------------------------------------------------------------------------------------
def test_fresh_installation_warns_of_nothing_but_the_calendar(cast):
    assert [text for text in shell(cast.admin).texts if "not confirmed" not in text] == []


@pytest.mark.parametrize(("hours", "late"), [(29, False), (31, True)])
def test_late_run_is_an_alarm(cast, hours, late):
    start()
    closed()
    with time_machine.travel(NIGHT + dt.timedelta(hours=hours), tick=False):
        made = shell(cast.admin)
    assert any("the next one is late" in text for text in made.texts) is late
    if late:
        assert made.banners[-1].tone == "alarm"
        assert made.banners[-1].url == reverse("postloan:runs")


def test_link_to_the_runs_is_only_for_those_who_may_see_them(cast):
    start()
    closed()
    with time_machine.travel(NIGHT + dt.timedelta(days=3), tick=False):
        assert shell(cast.rm_a).banners[-1].url == ""


def test_failed_run_is_an_alarm(cast):
    start()
    closed()
    closed("2026-06-03", state=RunState.FAILED)
    with time_machine.travel(NIGHT, tick=False):
        made = shell(cast.rm_a)
    assert any("The daily run of 2026-06-03 failed" in text for text in made.texts)


def test_days_without_delivery_are_told_with_the_newest_one(cast):
    build_delivery("2026-06-01")
    closed("2026-06-01")
    closed("2026-06-02", with_delivery=False)
    with time_machine.travel(NIGHT, tick=False):
        texts = shell(cast.rm_a).texts
    assert any("without a core-banking delivery (newest: 2026-06-01)" in text for text in texts)


@pytest.mark.parametrize(
    ("today", "warned"),
    [("2026-06-03", False), ("2026-11-16", False), ("2026-11-17", True), ("2027-02-01", True)],
)
def test_year_without_confirmed_days_is_told_in_time(cast, today, warned):
    BusinessDay.objects.filter(date__year__gte=2027).delete()
    start(dt.date.fromisoformat(today))
    texts = shell(cast.rm_a).texts
    assert any("The working days of 2027 are not confirmed" in text for text in texts) is warned


def test_bell_has_a_dot_while_a_digest_is_unread(cast):
    start()
    closed()
    digest = Digest.objects.create(recipient=cast.rm_a, business_date=TODAY, counts={"today": 1})
    assert shell(cast.rm_a).unread
    assert not shell(cast.rm_b).unread
    Digest.objects.filter(pk=digest.pk).update(read_at=NIGHT)
    assert not shell(cast.rm_a).unread


def test_page_stays_on_the_business_date_that_it_began_with(cast):
    start()
    made = shell(cast.rm_a)
    assert made.today == TODAY
    BusinessDate.objects.update(current=dt.date(2026, 6, 4))
    assert made.today == TODAY


# --- choices ------------------------------------------------------------------------------------------
def test_language_is_kept_for_pages_and_mail(cast, client):
    client.force_login(cast.rm_a)
    response = client.post(reverse("postloan:language"), {"language": "en", "next": "/loans/?q=x"})
    assert response["Location"] == "/loans/?q=x"
    cast.rm_a.refresh_from_db()
    assert cast.rm_a.language == "en"
    assert '<html lang="en">' in client.get(HOME).content.decode()
    client.post(reverse("postloan:language"), {"language": "zh-hans"})
    assert '<html lang="zh-hans">' in client.get(HOME).content.decode()


def test_language_can_be_chosen_before_the_login(client):
    response = client.post(reverse("postloan:language"), {"language": "en", "next": "/login/"})
    assert response["Location"] == "/login/"
    assert '<html lang="en">' in client.get("/login/").content.decode()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "", "\\\\evil.example"]
)
def test_choices_never_lead_elsewhere(cast, client, target):
    client.force_login(cast.rm_a)
    for name, data in (("language", {"language": "en"}), ("money_unit", {"unit": "wan"})):
        assert client.post(reverse(f"postloan:{name}"), {**data, "next": target})["Location"] == "/"


@pytest.mark.parametrize(("name", "field"), [("language", "language"), ("money_unit", "unit")])
def test_unknown_choice_is_not_kept(cast, client, name, field):
    client.force_login(cast.rm_a)
    before = dict(client.cookies)
    client.post(reverse(f"postloan:{name}"), {field: "<script>"})
    assert dict(client.cookies) == before


def test_amounts_follow_the_chosen_unit(cast, client):
    start()
    customer(cast)
    client.force_login(cast.rm_a)
    assert ">100,000.00<" in client.get("/loans/").content.decode()
    client.post(reverse("postloan:money_unit"), {"unit": "wan"})
    assert ">10.00<" in client.get("/loans/").content.decode()


# --- errors --------------------------------------------------------------------------------------------
def test_missing_page_is_told_inside_the_house(cast, client):
    client.force_login(cast.rm_a)
    client.cookies["django_language"] = "en"
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert "There is no such page or record" in response.content.decode()
    assert "Workbench" in response.content.decode()


def test_refusal_is_told_with_its_reason(cast, client):
    start()
    client.force_login(cast.admin)
    client.cookies["django_language"] = "en"
    response = client.get("/loans/")
    assert response.status_code == 403
    assert "Your roles do not include customer data" in response.content.decode()


def test_form_that_has_expired_says_that_nothing_was_saved(cast, client):
    client.handler.enforce_csrf_checks = True
    client.force_login(cast.rm_a)
    client.cookies["django_language"] = "en"
    response = client.post(reverse("postloan:money_unit"), {"unit": "wan"})
    assert response.status_code == 403
    assert "Nothing was saved" in response.content.decode()


def test_our_mistake_is_told_without_a_traceback(cast, client, monkeypatch):
    client.raise_request_exception = False
    client.force_login(cast.rm_a)
    monkeypatch.setattr("reports.views.workbench.sees_work", None)
    response = client.get(HOME)
    assert response.status_code == 500
    assert "Traceback" not in response.content.decode()
    assert "data-error-text" in response.content.decode()


@pytest.mark.parametrize("url", ["/", "/loans/", "/borrowers/", "/approvals/", "/calendar/", "/login/"])
def test_pages_need_no_inline_code_and_no_other_server(cast, client, url):
    start()
    customer(cast)
    open_duty(cast, "2026-06-03")
    if url != "/login/":
        client.force_login(cast.head_b1)
    response = client.get(url)
    html = response.content.decode()
    assert "unsafe" not in response["Content-Security-Policy"]
    assert " style=" not in html
    assert " onclick=" not in html
    assert "<style" not in html
    assert "<script>" not in html
    assert "https://" not in html
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
