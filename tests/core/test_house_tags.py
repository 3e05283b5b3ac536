"""How dates, amounts and hidden numbers read."""

import datetime as dt
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from core.models import BusinessDate
from core.templatetags import house
from core.workdays import WorkdayCalendar

TODAY = dt.date(2026, 6, 18)  # a Thursday
CALENDAR = WorkdayCalendar(exceptions=frozenset({dt.date(2026, 6, 19)}), confirmed_years=frozenset({2026}))


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def render(source, query="", cookies=None, **context):
    request = RequestFactory().get(f"/list/?{query}")
    request.COOKIES.update(cookies or {})
    return Template(source).render(Context({"request": request, **context}))


@pytest.mark.parametrize(
    ("due", "text", "tone"),
    [
        ("2026-06-16", "overdue 2 days", "overdue"),
        ("2026-06-17", "overdue 1 day", "overdue"),
        ("2026-06-18", "due today", "today"),
        # Friday the 19th is Dragon Boat Festival: no working day is left before the weekend ends.
        ("2026-06-21", "last working day", "today"),
        ("2026-06-22", "1 working day left", "soon"),
        ("2026-06-26", "5 working days left", "soon"),
        ("2026-06-29", "6 working days left", "later"),
    ],
)
def test_distance_to_a_deadline(due, text, tone):
    assert house.deadline_distance(dt.date.fromisoformat(due), TODAY, CALENDAR) == (text, tone)


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("2026-06-17", "1 day ago"),
        ("2026-06-18", "today"),
        ("2026-06-19", "in 1 day"),
        ("2027-06-18", "in 365 days"),
    ],
)
def test_distance_in_calendar_days(day, text):
    assert house.calendar_distance(dt.date.fromisoformat(day), TODAY).text == text


@pytest.mark.django_db
def test_workdate_is_counted_from_the_business_date():
    BusinessDate.objects.create(current=TODAY, started_on=TODAY)
    html = render("{% workdate due %}", due=dt.date(2026, 6, 22))
    assert (
        '<time class="day" datetime="2026-06-22">2026-06-22 <span class="weekday">Mon</span></time>' in html
    )
    # The State Council's notice gives 19 June 2026 as leave.
    assert "1 working day left" in html


@pytest.mark.django_db
def test_dates_of_a_page_cost_one_query(django_assert_num_queries):
    BusinessDate.objects.create(current=TODAY, started_on=TODAY)
    render("{% workdate due %}", due=TODAY)
    with django_assert_num_queries(1):
        render("{% for n in '123456' %}{% workdate due %}{% countdown due %}{% endfor %}", due=TODAY)


@pytest.mark.parametrize(
    ("value", "currency", "cookies", "text"),
    [
        (Decimal("1234567.5"), "CNY", {}, "1,234,567.50"),
        (Decimal("1234567.5"), "CNY", {"money_unit": "wan"}, "123.46"),
        (Decimal("1234567.5"), "USD", {"money_unit": "wan"}, "USD&nbsp;1,234,567.50"),
        (Decimal(0), "CNY", {}, "0.00"),
        (Decimal("-50.005"), "CNY", {"money_unit": "<script>"}, "-50.00"),
    ],
)
def test_amount(value, currency, cookies, text):
    html = render("{% money value currency %}", cookies=cookies, value=value, currency=currency)
    assert f">{text}</span>" in html


def test_amount_in_wan_keeps_the_exact_one():
    assert 'title="1,234,567.50"' in render(
        "{% money v %}", cookies={"money_unit": "wan"}, v=Decimal("1234567.5")
    )


def test_nothing_reads_as_a_dash():
    html = render(
        "{% money v %}{% workdate v %}{% countdown v %}{{ v|day }}{{ v|moment }}{{ ''|mask }}", v=None
    )
    assert html.count("–") == 6


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("911200001234567890", "id", "911********7890"),
        ("13800138000", "phone", "138****8000"),
        ("12345678", "phone", "****5678"),
        ("123", "id", "**3"),
        ("1", "id", "*"),
    ],
)
def test_mask_hides_the_middle(value, kind, shown):
    assert shown in house.mask(value, kind)


def test_mask_escapes_what_it_shows():
    assert "<b>" not in house.mask("<b>12345678<b>")


@pytest.mark.parametrize(
    ("number", "text"), [(None, ""), (0, "0"), (9_999, "9,999"), (10_000, "10,000"), (10_001, "10,000+")]
)
def test_counts_are_shown_up_to_the_cap(number, text):
    assert house.capped(number) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (Decimal("4.350000"), "4.35%"), (Decimal(4), "4.00%"), (Decimal("4.3512"), "4.3512%")],
)
def test_percent(value, text):
    assert house.percent(value) == text


def test_moment_is_the_banks_time():
    instant = dt.datetime(2026, 6, 30, 16, 30, tzinfo=dt.UTC)
    assert ">2026-07-01 00:30</time>" in house.moment(instant)


def test_query_replace_keeps_the_rest_and_starts_the_list_afresh():
    html = render('{% query_replace sort="overdue" q="" %}', query="q=x&cls=loss&after=abc&before=d")
    assert html == "?cls=loss&amp;sort=overdue"


def test_icon_is_decoration_unless_it_has_a_label():
    assert 'aria-hidden="true"' in house.icon("bell")
    assert 'role="img" aria-label="new"' in house.icon("bell", "new")
