"""The figures on their pages: who sees which branch, what the numbers open, how many questions they cost."""

import re
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from core.models import AuditEvent, BusinessDate
from core.selectors import workday_calendar
from loans.models import Loan
from tests.builders import build_borrower, build_loan, day
from tests.reports.duties import open_duty
from tests.reports.months import APRIL, build_april, close, close_both

pytestmark = pytest.mark.django_db
PAGE = "/portfolio/"
TABS = ("overview", "quality", "breakdown", "borrowers", "duties")


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()
    workday_calendar()


@pytest.fixture
def desk(client, cast):
    def sit(person):
        client.force_login(getattr(cast, person))
        client.cookies["django_language"] = "en"
        return client

    return sit


def test_the_page_shows_the_figures_of_the_readers_branch(cast, desk):
    close_both(cast)
    response = desk("manager_b1").get(PAGE, {"month": "2026-05"})
    assert response.context["summary"].unit == cast.branches["B1"]
    assert "75,000.00" in response.content.decode()
    assert "10,000.00" not in response.content.decode()


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("month", ["", "2026-05", "2026-04"])
def test_every_tab_of_every_month_opens(cast, desk, tab, month):
    close_both(cast)
    response = desk("risk").get(PAGE, {"tab": tab, "month": month})
    assert response.status_code == 200


@pytest.mark.parametrize("cut", ["branch", "product", "industry", "guarantee", "officer", "nonsense"])
def test_every_breakdown_opens(cast, desk, cut):
    close_both(cast)
    response = desk("risk").get(PAGE, {"tab": "breakdown", "cut": cut})
    assert len(response.context["rows"]) >= 1


def test_nothing_has_been_closed_or_delivered_yet(cast, desk):
    for tab in TABS:
        assert desk("risk").get(PAGE, {"tab": tab}).status_code == 200


class TestScope:
    def test_a_relationship_manager_is_refused(self, cast, desk):
        for url in (PAGE, "/portfolio/loans/", "/portfolio/download/xlsx/"):
            assert desk("rm_a").get(url).status_code == 403

    @pytest.mark.parametrize("branch", ["B2", "S03", "H0", "nowhere", "\x00"])
    def test_another_branch_is_as_if_it_were_not_there(self, cast, desk, branch):
        close_both(cast)
        for url in (PAGE, "/portfolio/loans/", "/portfolio/download/pdf/"):
            query = {"branch": branch, "month": "2026-05"}
            assert desk("manager_b1").get(url, query).status_code == 404

    @pytest.mark.parametrize("month", ["2026-03", "soon", "2026-13"])
    def test_a_month_that_was_not_closed_here(self, cast, desk, month):
        close_both(cast)
        assert desk("risk").get(PAGE, {"month": month}).status_code == 404

    def test_loans_of_a_closed_month_follow_the_scope(self, cast, desk):
        close_both(cast)
        response = desk("supervisor_a").get("/portfolio/loans/", {"month": "2026-05"})
        assert {row.loan_no for row in response.context["page"]} == {"L-1", "L-2", "L-3"}

    def test_the_running_month_has_no_frozen_list(self, cast, desk):
        build_april(cast)
        assert desk("risk").get("/portfolio/loans/").status_code == 404


class TestDrillDown:
    def links(self, response):
        return [
            link.replace("&amp;", "&")
            for link in re.findall(r'href="(/(?:portfolio/)?loans/\?[^"]+)"', response.content.decode())
        ]

    def test_the_numbers_of_now_open_the_loans_behind_them(self, cast, desk):
        build_april(cast)
        BusinessDate.objects.update(current=day("2026-05-01"))
        client = desk("risk")
        links = self.links(client.get(PAGE))
        bad = next(link for link in links if "cls=npl" in link)
        found = client.get(bad).context["page"]
        assert {loan.loan_no for loan in found} == {"L-3", "L-4", "L-5", "L-6"}
        assert sum(loan.balance for loan in found) == client.get(PAGE).context["summary"].quality.npl

    def test_the_numbers_of_a_closed_month_open_the_loans_of_then(self, cast, desk):
        loans = close_both(cast)
        Loan.objects.filter(pk=loans["L-2"].pk).update(classification="normal")
        client = desk("risk")
        links = self.links(client.get(PAGE, {"month": "2026-05"}))
        bad = next(link for link in links if "cls=npl" in link)
        assert bad.startswith("/portfolio/loans/")
        assert {row.loan_no for row in client.get(bad).context["page"]} == {"L-2", "L-3", "L-6"}

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"bucket": "any"}, {"L-2", "L-3", "L-6"}),
            ({"bucket": "over90"}, {"L-2", "L-3", "L-6"}),
            ({"bucket": "M4"}, {"L-2"}),
            ({"prev_cls": "special_mention"}, {"L-2"}),
            ({"branch": "B2"}, {"L-6", "L-7"}),
            ({"matures_from": "2026-06-01", "matures_to": "2026-06-30"}, {"L-8"}),
            ({"product": "Working capital", "cls": "normal"}, {"L-1", "L-5", "L-7", "L-8"}),
            ({"guarantee": "mortgage"}, set()),
        ],
    )
    def test_filters_of_a_closed_month(self, cast, desk, query, found):
        close_both(cast)
        response = desk("risk").get("/portfolio/loans/", {"month": "2026-05", **query})
        assert {row.loan_no for row in response.context["page"]} == found

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"cls": "npl"}, {"L-3", "L-4", "L-5", "L-6"}),
            ({"product": "Working capital", "cls": "special_mention"}, {"L-2"}),
            ({"officer": "E001", "cls": "doubtful"}, {"L-4"}),
            ({"guarantee": "unsecured", "cls": "doubtful"}, {"L-4"}),
            ({"guarantee": "pledge"}, set()),
            ({"currency": "USD"}, set()),
            ({"matures_from": "2026-06-01", "matures_to": "2026-06-30"}, {"L-8"}),
        ],
    )
    def test_new_filters_of_the_loan_list(self, cast, desk, query, found):
        build_april(cast)
        response = desk("risk").get("/loans/", query)
        assert {loan.loan_no for loan in response.context["page"]} == found

    def test_overdue_duties_lead_to_the_workbench(self, cast, desk):
        build_april(cast)
        BusinessDate.objects.update(current=day("2026-05-01"))
        open_duty(cast, "2026-04-20")
        response = desk("manager_b1").get(PAGE)
        assert response.context["late_duties"] == 1
        assert "section=overdue&amp;branch=B1" in response.content.decode()


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize("month", ["", "2026-04"])
def test_twelve_questions_at_most(cast, desk, django_assert_max_num_queries, rows, month):
    build_april(cast)
    for number in range(rows):
        borrower = build_borrower(f"C-X{number}", cast.branches["S01"], cast.rm_a)
        build_loan(
            f"L-X{number}",
            borrower,
            disbursed="2026-01-05",
            matures="2027-01-05",
            delivered_class="loss",
            product=f"Product {number}",
        )
        open_duty(cast, "2026-04-20", no=f"C-X{number}", owner=cast.supervisor_a)
    close(APRIL)
    BusinessDate.objects.update(current=day("2026-05-04"))
    client = desk("manager_b1")
    for tab in TABS:
        cache.clear()
        with django_assert_max_num_queries(12):
            client.get(PAGE, {"tab": tab, "month": month})
    for cut in ("product", "industry", "guarantee", "officer"):
        cache.clear()
        with django_assert_max_num_queries(12):
            client.get(PAGE, {"tab": "breakdown", "cut": cut, "month": month})
    if month:
        with django_assert_max_num_queries(12):
            client.get(reverse("reports:portfolio_loans"), {"month": month, "cls": "npl"})


def test_a_download_leaves_a_trace(cast, desk):
    close_both(cast)
    response = desk("manager_b1").get("/portfolio/download/xlsx/", {"month": "2026-05"})
    assert response["Content-Disposition"] == 'attachment; filename="B1-2026-05.xlsx"'
    event = AuditEvent.objects.get(action="report.exported")
    assert (event.actor_no, event.subject_no) == ("E005", "B1 2026-05")
    assert event.after["frozen"] is True


def test_no_other_kind_of_file(cast, desk):
    assert desk("risk").get("/portfolio/download/exe/").status_code == 404


def test_live_figures_are_kept_for_a_minute_and_no_longer(cast, desk):
    loans = build_april(cast)
    client = desk("risk")
    client.get(PAGE)
    Loan.objects.filter(pk=loans["L-1"].pk).update(balance=Decimal("1.00"))
    kept = client.get(PAGE).context["summary"].quality.balance
    cache.clear()
    assert kept - client.get(PAGE).context["summary"].quality.balance == Decimal("99999.00")
