"""The reminders page: digests by day with what newly reached which stage, escalations, the bell's number."""

import datetime as dt

import pytest
from django.urls import reverse

from core import clock
from core.models import BusinessDate, DailyRun
from core.selectors import workday_calendar
from duties.daily import raise_escalations, raise_reminders
from duties.enums import DutyState
from duties.models import Digest, Duty, Reminder
from duties.rules import newly_reached
from reports.selectors.reminders import reminder_page
from tests.builders import build_context, day
from tests.reports.duties import customer, open_duty

pytestmark = pytest.mark.django_db

PAGE = reverse("reports:reminders")
FRIDAY = day("2026-06-12")


@pytest.fixture
def manager(cast, client):
    """The relationship manager of S01 at the desk; the bank works on Wednesday the 17th."""
    client.cookies["django_language"] = "en"
    client.force_login(cast.rm_a)
    customer(cast)
    BusinessDate.objects.create(current=day("2026-06-17"), started_on=day("2026-06-01"))
    return cast.rm_a


def close(first: str, last: str) -> None:
    """The reminders of the runs that close these days."""
    current = day(first)
    while current <= day(last):
        eve = (current - dt.timedelta(days=1)).isoformat()
        context = build_context(current.isoformat(), previous=eve, started="2026-05-01")
        raise_escalations(context)
        raise_reminders(context)
        current += dt.timedelta(days=1)


def page_of(user, on: str | None = None):
    return reminder_page(
        user,
        today=day("2026-06-17"),
        calendar=workday_calendar(),
        day=day(on) if on else None,
        params={},
    )


def told(user, on: str) -> dict[str, tuple[int, list[str]]]:
    """Per stage of a day: how many the digest spoke of, and which are still open."""
    return {
        stage.name: (stage.told, [line.duty.period_key for line in stage.lines])
        for stage in page_of(user, on).stages
    }


# --- what a digest spoke of -----------------------------------------------------------------------------
def test_each_day_lists_what_newly_reached_which_stage(cast, manager):
    open_duty(cast, "2026-06-12", period_key="a", opens_on=day("2026-05-01"))
    open_duty(cast, "2026-06-16", period_key="b", opens_on=day("2026-05-01"))
    close("2026-06-01", "2026-06-16")
    assert [str(digest.business_date) for digest in page_of(manager).digests.rows] == [
        "2026-06-17",
        "2026-06-16",
        "2026-06-15",
        "2026-06-12",
        "2026-06-11",
        "2026-06-09",
    ]
    assert told(manager, "2026-06-12") == {"today": (1, ["a"])}
    assert told(manager, "2026-06-15") == {"overdue": (1, ["a"])}
    # The later stage stands first: it presses more.
    assert list(told(manager, "2026-06-17").items()) == [
        ("escalated_supervisor", (1, ["a"])),
        ("overdue", (1, ["b"])),
    ]


@pytest.mark.parametrize("opens", ["2026-05-01", "2026-06-11"])
def test_page_agrees_with_the_digest_on_every_day(cast, manager, opens):
    """What the set-based step counted and what the page finds by the rule are the same duties."""
    for due in ("2026-06-05", "2026-06-06", "2026-06-12", "2026-06-13", "2026-06-19", "2026-06-23"):
        open_duty(cast, due, opens_on=day(opens))
    close(max(opens, "2026-06-05"), "2026-06-26")
    for digest in Digest.objects.filter(recipient=manager):
        counted = {name: n for name, n in digest.counts.items() if n}
        found = {name: len(open_) for name, (_n, open_) in told(manager, str(digest.business_date)).items()}
        assert found == counted, digest.business_date


def test_closed_duties_are_counted_as_closed_since(cast, manager, client):
    open_duty(cast, "2026-06-12", period_key="a", opens_on=day("2026-05-01"))
    close("2026-06-11", "2026-06-11")
    Duty.objects.update(state=DutyState.DONE, done_on=FRIDAY, closed_on=FRIDAY)
    (stage,) = page_of(manager, "2026-06-12").stages
    assert (stage.told, stage.lines, stage.closed) == (1, [], 1)
    html = client.get(PAGE, {"day": "2026-06-12"}).content.decode()
    assert "1 closed or handed over since" in html
    assert "Nothing of it is open any more." in html


def test_stages_of_a_day_off_ahead_reach_over_it():
    bounds = {bound.stage.name: bound for bound in newly_reached(day("2026-06-22"), workday_calendar())}
    # The 19th is the Dragon Boat Festival: what was due from the 18th to the 21st is overdue on the 22nd.
    assert (bounds["overdue"].before, bounds["overdue"].newest) == (day("2026-06-17"), day("2026-06-21"))
    assert bounds["overdue"].includes(day("2026-06-18"), day("2026-05-01"))
    assert not bounds["overdue"].includes(day("2026-06-17"), day("2026-05-01"))
    assert bounds["overdue"].includes(day("2026-06-01"), day("2026-06-18"))


def test_long_day_is_cut_off_and_says_so(cast, manager, client, monkeypatch):
    monkeypatch.setattr("reports.selectors.reminders.DUTIES_SHOWN", 3)
    for n in range(5):
        open_duty(cast, "2026-06-12", period_key=str(n), opens_on=day("2026-05-01"))
    close("2026-06-11", "2026-06-11")
    page = page_of(manager)
    assert (sum(len(stage.lines) for stage in page.stages), page.cut_off) == (3, True)
    assert "The workbench shows all of them" in client.get(PAGE).content.decode()


# --- who sees what -----------------------------------------------------------------------------------------
def test_everybody_sees_the_own_digests_alone(cast, manager, client):
    open_duty(cast, "2026-06-12", opens_on=day("2026-05-01"))
    close("2026-06-11", "2026-06-11")
    assert len(page_of(cast.rm_b).digests) == 0
    client.force_login(cast.rm_b)
    html = client.get(PAGE, {"day": "2026-06-12"}).content.decode()
    assert "No reminder yet" in html
    assert "Anshan Bearings" not in html


def test_escalations_reach_the_supervisor_while_they_are_open(cast, manager, client):
    duty = open_duty(cast, "2026-06-12", opens_on=day("2026-05-01"))
    close("2026-06-16", "2026-06-16")
    (row,) = page_of(cast.supervisor_a).escalated
    assert (row.line.duty.pk, row.stage, row.raised_on) == (
        duty.pk,
        "escalated_supervisor",
        day("2026-06-17"),
    )
    client.force_login(cast.supervisor_a)
    assert "Escalated to you" in client.get(PAGE).content.decode()
    Duty.objects.update(state=DutyState.DONE, done_on=FRIDAY, closed_on=FRIDAY)
    assert page_of(cast.supervisor_a).escalated == []


def test_escalation_outside_the_own_scope_is_not_shown(cast, manager):
    """Somebody who moved to another branch no longer sees the old one's customers."""
    duty = open_duty(cast, "2026-06-12")
    Reminder.objects.create(duty=duty, stage="escalated_head", recipient=cast.rm_b, raised_on=FRIDAY)
    assert page_of(cast.rm_b).escalated == []


# --- read and unread ---------------------------------------------------------------------------------------
def test_bell_counts_unread_digests_until_the_page_was_seen(cast, manager, client):
    DailyRun.objects.create(business_date=day("2026-06-16"), state="done", finished_at=clock.now())
    open_duty(cast, "2026-06-12", opens_on=day("2026-05-01"))
    close("2026-06-08", "2026-06-16")
    unread = Digest.objects.filter(recipient=manager).count()
    assert unread == 4
    calendar = reverse("core:calendar")
    assert f"Reminders: {unread} new" in client.get(calendar).content.decode()
    seen = client.get(PAGE).content.decode()
    assert seen.count("tag-accent") >= unread
    assert "Reminders: " not in client.get(calendar).content.decode()
    assert not Digest.objects.filter(recipient=manager, read_at=None).exists()


def test_looking_leaves_other_peoples_digests_unread(cast, manager, client):
    Digest.objects.create(recipient=cast.rm_b, business_date=FRIDAY, counts={"today": 1})
    Digest.objects.create(recipient=manager, business_date=FRIDAY, counts={"today": 1})
    client.get(PAGE)
    assert Digest.objects.get(read_at=None).recipient == cast.rm_b


# --- the address ------------------------------------------------------------------------------------
@pytest.mark.parametrize("asked", ["", "x", "2026-02-30", "0001-01-01", "9999-12-31", "\x00"])
def test_day_that_is_none_shows_the_newest(cast, manager, client, asked):
    Digest.objects.create(recipient=manager, business_date=FRIDAY, counts={"today": 1})
    assert client.get(PAGE, {"day": asked}).context["page"].chosen.business_date == FRIDAY


def test_day_without_a_digest_says_why(cast, manager, client):
    Digest.objects.create(recipient=manager, business_date=FRIDAY, counts={"today": 1})
    assert "No digest on this day" in client.get(PAGE, {"day": "2026-06-13"}).content.decode()


def test_days_page_by_keyset_and_an_old_day_opens(cast, manager, client):
    for n in range(25):
        Digest.objects.create(recipient=manager, business_date=FRIDAY + dt.timedelta(days=n))
    first = client.get(PAGE).context["page"].digests
    second = client.get(PAGE, {"after": first.after}).context["page"].digests
    assert (len(first), len(second)) == (20, 5)
    old = client.get(PAGE, {"day": "2026-06-12"}).context["page"]
    assert old.chosen.business_date == FRIDAY


@pytest.mark.parametrize("rows", [1, 30])
def test_page_takes_twelve_queries_at_most(cast, manager, client, rows, django_assert_max_num_queries):
    for n in range(rows):
        open_duty(cast, "2026-06-12", period_key=str(n), opens_on=day("2026-05-01"))
        open_duty(
            cast,
            "2026-06-12",
            no="S01",
            code="OVERALL_REPORT",
            subject_type="branch",
            borrower_no=None,
            period_key=f"b{n}",
            opens_on=day("2026-05-01"),
        )
    close("2026-06-11", "2026-06-16")
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE, {"day": "2026-06-12"})
    client.force_login(cast.supervisor_a)
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE)
