"""The calendar page: a year at a glance, and changes that a second person confirms."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from approvals.models import Request
from approvals.services import decide
from core.importers import MAX_BYTES
from core.models import BusinessDate, BusinessDay
from core.selectors import workday_calendar
from postloan.selectors.calendar import Kept, year_grid
from tests.builders import day

pytestmark = pytest.mark.django_db

PAGE = reverse("core:calendar")
UPLOAD = reverse("core:calendar_upload")
DAY = reverse("core:calendar_day")
TODAY = day("2026-06-03")
NOTICE = "Notice of the State Council No. 7"


@pytest.fixture
def admin(cast, client):
    client.cookies["django_language"] = "en"
    client.force_login(cast.admin)
    BusinessDate.objects.create(current=TODAY, started_on=TODAY)
    return cast.admin


def grid(year: int):
    return year_grid(year, workday_calendar(), TODAY)


def cell(year, date: str):
    wanted = day(date)
    return next(c for month in year.months for week in month.weeks for c in week if c and c.date == wanted)


def upload(client, text: str | bytes, name: str = "2027.csv", source: str = NOTICE):
    content = text.encode() if isinstance(text, str) else text
    return client.post(UPLOAD, {"file-file": SimpleUploadedFile(name, content), "file-source": source})


def change(client, date: str, is_workday: str = "0", name: str = "", source: str = NOTICE):
    typed = {"date": date, "is_workday": is_workday, "name": name, "source": source}
    return client.post(DAY, {f"day-{key}": value for key, value in typed.items()})


CSV = "date,is_workday,name\n2027-01-01,0,元旦\n2027-01-02,1,\n"


# --- the year -------------------------------------------------------------------------------------
def test_year_shows_leave_and_make_up_days(admin):
    year = grid(2026)
    assert (year.kept, year.provisional, year.workdays) == (Kept.CONFIRMED, False, 248)
    kinds = {date: cell(year, date).kind for date in ("2026-06-19", "2026-02-14", "2026-06-06", "2026-06-03")}
    assert kinds == {"2026-06-19": "leave", "2026-02-14": "makeup", "2026-06-06": "off", "2026-06-03": "work"}
    assert cell(year, "2026-06-03").today


def test_weekend_inside_a_leave_belongs_to_it(admin):
    assert cell(grid(2026), "2026-06-20").kind == "leave"


def test_every_month_has_its_days_once(admin):
    dates = [c.date for month in grid(2024).months for week in month.weeks for c in week if c]
    assert (len(dates), len(set(dates))) == (366, 366)


def test_holiday_reads_in_the_language_of_the_reader(admin, client):
    assert "Dragon Boat Festival" in client.get(PAGE).content.decode()


def test_year_without_rows_says_what_to_do(admin, client):
    assert grid(2029).kept == Kept.EMPTY
    html = client.get(PAGE, {"year": "2029"}).content.decode()
    assert "There are no rows for 2029 yet" in html
    assert "year-provisional" in html


def test_forecast_that_nobody_confirmed_is_provisional(admin, client):
    BusinessDay.objects.create(
        date=day("2029-01-01"), is_workday=False, name="New Year's Day", confirmed=False
    )
    assert grid(2029).kept == Kept.FORECAST
    assert "a forecast that nobody has confirmed" in client.get(PAGE, {"year": "2029"}).content.decode()


@pytest.mark.parametrize("year", ["", "abc", "1999", "2101", "99999", "-2026", "2026.0", "٢٠٢٦", "²", "\x00"])
def test_year_that_is_none_shows_the_year_of_the_business_date(admin, client, year):
    response = client.get(PAGE, {"year": year})
    assert (response.status_code, response.context["grid"].year) == (200, 2026)


@pytest.mark.parametrize("year", ["2000", "2100"])
def test_first_and_last_year_have_no_neighbours_outside(admin, client, year):
    response = client.get(PAGE, {"year": year})
    assert response.context["grid"].year == int(year)
    assert all(2000 <= one <= 2100 for one, _confirmed in response.context["years"])


def test_everybody_reads_and_only_an_administrator_is_offered_changes(cast, admin, client):
    assert "Submit for confirmation" in client.get(PAGE).content.decode()
    client.force_login(cast.rm_a)
    assert "Submit for confirmation" not in client.get(PAGE).content.decode()
    assert change(client, "2026-07-01").status_code == 403
    assert upload(client, CSV).status_code == 403
    assert not Request.objects.exists()


def test_page_takes_twelve_queries_at_most(admin, client, django_assert_max_num_queries):
    change(client, "2026-07-01")
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE)


# --- a change -------------------------------------------------------------------------------------
def test_changed_day_waits_until_a_second_person_signs(cast, admin, client):
    response = change(client, "2026-07-01", name="Flood")
    assert (response.status_code, response["Location"]) == (302, f"{PAGE}?year=2026")
    year = grid(2026)
    (waiting,) = year.waiting.changes
    assert (waiting.date, waiting.is_workday, waiting.was_workday) == (day("2026-07-01"), False, True)
    assert cell(year, "2026-07-01").pending
    assert "A change waits for its second person" in client.get(PAGE).content.decode()
    decide(
        year.waiting.request,
        actor=cast.risk,
        business_date=TODAY,
        outcome="approve",
        opinion="As the city decided",
    )
    year = grid(2026)
    assert (year.waiting, cell(year, "2026-07-01").kind) == (None, "leave")


def test_second_person_is_led_to_the_signature_and_the_applicant_is_not(cast, admin, client):
    change(client, "2026-07-01")
    assert "approvals/?item=" not in client.get(PAGE).content.decode()
    assert (
        reverse("approvals:withdraw", args=[Request.objects.get().number])
        in client.get(PAGE).content.decode()
    )
    client.force_login(cast.risk)
    assert "?item=request:" in client.get(PAGE).content.decode()


def test_change_of_another_year_is_told(admin, client):
    change(client, "2026-07-01")
    html = client.get(PAGE, {"year": "2025"}).content.decode()
    assert "A change of 2026 waits for its second person." in html


def test_uploaded_year_waits_with_the_days_that_differ(admin, client):
    assert upload(client, CSV)["Location"] == f"{PAGE}?year=2027"
    changes = {str(c.date): c.is_workday for c in grid(2027).waiting.changes}
    assert changes == {"2027-01-01": False, "2027-01-02": True}


def test_second_press_of_the_button_is_no_second_change(admin, client):
    for _press in range(2):
        assert change(client, "2026-07-01").status_code == 302
        assert upload(client, CSV).status_code == 302
    assert Request.objects.count() == 2


def test_another_change_of_the_year_is_refused_while_one_waits(admin, client):
    change(client, "2026-07-01")
    response = change(client, "2026-07-02", name="Storm")
    assert response.status_code == 409
    html = response.content.decode()
    assert "Another change of this year waits already" in html
    assert 'value="Storm"' in html


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("date", ""),
        ("date", "2026-02-30"),
        ("date", "1999-12-31"),
        ("date", "2101-01-01"),
        ("date", "0001-01-01"),
        ("date", "9999-12-31"),
        ("is_workday", "perhaps"),
        ("name", "x" * 61),
        ("source", ""),
        ("source", "   "),
        ("source", "x" * 121),
        ("source", "\x00"),
    ],
)
def test_bad_field_is_named_and_the_rest_is_kept(admin, client, field, value):
    typed = {"date": "2026-07-01", "is_workday": "0", "name": "Kept", "source": NOTICE, field: value}
    response = change(client, **typed)
    assert response.status_code == 422
    assert list(response.context["day_form"].errors) == [field]
    if field != "name":
        assert 'value="Kept"' in response.content.decode()
    assert not Request.objects.exists()


def test_single_day_of_a_year_without_rows_is_refused(admin, client):
    """It would make the whole year look confirmed."""
    response = change(client, "2029-01-01")
    assert response.status_code == 422
    assert "Load the calendar of 2029 first" in response.content.decode()
    assert not Request.objects.exists()


def test_change_that_changes_nothing_is_refused(admin, client):
    response = change(client, "2026-07-01", is_workday="1")
    assert response.status_code == 422
    assert "The calendar says so already" in response.content.decode()


# --- files ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (CSV.encode("gb18030"), "not UTF-8"),
        (CSV.encode("utf-16"), "not UTF-8"),
        (b"\x00\x01\x02", "Missing column"),
        (b"day,works\n2027-01-01,0\n", "Missing column"),
        (b"date,is_workday,name\n", "faults"),
        (b"date,is_workday,name\n" + b"2027-01-01,0,x\n" * 2, "stands twice"),
        (b"date,is_workday,name\n2027-01-01,maybe,x\n", "1 or 0 expected"),
        (b"date,is_workday,name\n2027-13-01,0,x\n", "A date like"),
        (b"date,is_workday,name\n1999-01-01,0,x\n", "A date like"),
        (b"date,is_workday,name\n2027-01-01,0,x\n2028-01-01,0,x\n", "One year a file"),
        (b"date,is_workday,name\n2027-01-01,0," + b"x" * 61 + b"\n", "Too long"),
        (b'date,is_workday,name\n2027-01-01,0,"' + b"x" * 200_000, "too large"),
        (b"x" * (MAX_BYTES + 1), "too large"),
    ],
)
def test_bad_file_is_told_beside_the_field(admin, client, content, told):
    response = upload(client, content)
    assert response.status_code == 422
    assert told in response.content.decode()
    assert f'value="{NOTICE}"' in response.content.decode()
    assert response.context["file_form"].errors["file"]
    assert not Request.objects.exists()


def test_faults_are_listed_with_line_and_column_and_are_bounded(admin, client):
    rows = "".join(f"2027-01-01,maybe,<b>{n}</b>\n" for n in range(150))
    response = upload(client, f"date,is_workday,name\n{rows}")
    assert (len(response.context["faults"]), response.context["more_faults"]) == (100, 50)
    html = response.content.decode()
    assert "and 50 more" in html
    assert "<b>0" not in html


def test_file_is_needed(admin, client):
    response = client.post(UPLOAD, {"file-source": NOTICE})
    assert list(response.context["file_form"].errors) == ["file"]


def test_byte_order_mark_and_exceptions_alone_are_fine(admin, client):
    assert upload(client, "\ufeff" + CSV).status_code == 302
    assert len(Request.objects.get().payload["days"]) == 365


@pytest.mark.parametrize("url", [UPLOAD, DAY])
def test_reloading_the_error_page_leads_back(admin, client, url):
    assert client.get(url)["Location"] == PAGE


def test_names_are_escaped(cast, admin, client):
    upload(client, "date,is_workday,name\n2027-01-01,0,<script>x</script>\n", source="<i>1</i>")
    html = client.get(PAGE, {"year": "2027"}).content.decode()
    assert "<script>x" not in html
    assert "<i>1" not in html


def test_shown_changes_are_bounded(admin, client):
    off = "".join(f"{dt.date(2027, 1, 1) + dt.timedelta(days=n)},0,\n" for n in range(200))
    upload(client, f"date,is_workday,name\n{off}")
    waiting = grid(2027).waiting
    assert (len(waiting.shown), waiting.more) == (60, len(waiting.changes) - 60)
