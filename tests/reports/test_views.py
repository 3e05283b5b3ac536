"""The workbench as people get it: by role, filtered, saved, in few queries."""

import datetime as dt

import pytest
from django.urls import reverse

from duties.enums import DutyState
from reports.models import SavedView
from tests.builders import build_borrower, build_loan
from tests.reports.duties import customer, open_duty, start

pytestmark = pytest.mark.django_db

HOME = "/"


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def desk(cast, english):
    """A started bank; ``desk(person)`` is that person's browser."""
    start()

    def sit(person):
        english.force_login(getattr(cast, person))
        return english

    return sit


def test_manager_sees_the_own_duties_with_clause_deadline_and_why(cast, desk):
    customer(cast)
    open_duty(
        cast,
        "2026-06-02",
        loans="L-A",
        explanation={"anchor": "quarter_end", "offset": 15, "unit": "workday", "regime": "key"},
    )
    html = desk("rm_a").get(HOME).content.decode()
    for text in (
        "Write the quarterly inspection report",
        "Anshan Bearings",
        "INS-3/5",
        "overdue 1 day",
        "15 working days after the end of the quarter",
        "Within 15 working days after every quarter",
        "Key",
        reverse("loans:loan", args=["L-A"]),
    ):
        assert text in html


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("rm_a", 1),
        ("rm_b", 0),
        ("supervisor_a", 1),
        ("head_b1", 1),
        ("manager_b1", 1),
        ("risk", 1),
        ("auditor", 1),
    ],
)
def test_rows_follow_the_scope(cast, desk, person, seen):
    open_duty(cast, "2026-06-03")
    response = desk(person).get(HOME)
    assert len(response.context["page"]) == seen
    assert response.context["counts"]["today"] == seen


def test_administrator_sees_the_operation_instead_of_customers(cast, desk):
    customer(cast)
    open_duty(cast, "2026-06-03")
    response = desk("admin").get(HOME)
    assert "reports/operations.html" in [template.name for template in response.templates]
    assert "Anshan" not in response.content.decode()


def test_person_without_a_role_is_told_whom_to_ask(desk):
    response = desk("outsider").get(HOME)
    assert "You have no role yet" in response.content.decode()


def test_auditor_reads_but_is_offered_no_act(cast, desk):
    duty = open_duty(cast, "2026-06-03", code="RATING_QUARTERLY_REVIEW")
    html = desk("auditor").get(HOME).content.decode()
    assert reverse("reports:complete", args=[duty.pk]) not in html
    assert reverse("reports:complete", args=[duty.pk]) in desk("rm_a").get(HOME).content.decode()


@pytest.mark.parametrize("person", ["rm_a", "supervisor_a", "head_b1", "auditor", "risk"])
@pytest.mark.parametrize("rows", [1, 30])
def test_page_takes_twelve_queries_at_most(cast, desk, person, rows, django_assert_max_num_queries):
    customer(cast)
    for n in range(rows):
        open_duty(cast, "2026-06-02", period_key=str(n), loans="L-A")
    browser = desk(person)
    browser.get(HOME)
    with django_assert_max_num_queries(12):
        response = browser.get(HOME)
    assert len(response.context["page"]) == rows


def listed(response):
    return sorted(line.duty.subject_no for line in response.context["page"])


@pytest.fixture
def three(cast):
    """Three duties of two borrowers and the branch."""
    customer(cast, classification="loss", approved_class="loss")
    customer(cast, "C-B", "Binzhou Textiles", "L-B")
    return [
        open_duty(cast, "2026-06-02", no="C-A"),
        open_duty(cast, "2026-06-10", no="C-B", code="LOG_MONTHLY_MIN", owner=cast.supervisor_a),
        open_duty(
            cast, "2026-06-20", no="S02", code="OVERALL_REPORT", borrower_no=None, branch=cast.branches["S02"]
        ),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["C-A", "C-B", "S02"]),
        ("q=anshan", ["C-A"]),
        ("q=L-B", ["C-B"]),
        ("q=C-B", ["C-B"]),
        ("q=S02", ["S02"]),
        ("q=%25", []),
        ("group=log", ["C-B"]),
        ("group=inspection", ["C-A"]),
        ("cls=loss", ["C-A"]),
        ("owner=E003", ["C-B"]),
        ("owner=person%20e003", ["C-B"]),
        ("branch=S02", ["S02"]),
        ("branch=B1", ["C-A", "C-B", "S02"]),
        ("due_from=2026-06-10&due_to=2026-06-15", ["C-B"]),
        ("section=overdue", ["C-A"]),
        ("state=done", []),
    ],
)
def test_filters_stand_in_the_address(desk, three, query, found):
    assert listed(desk("head_b1").get(f"{HOME}?{query}")) == found


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "x" * 5000,
        "group=nonsense&cls=nonsense&state=nonsense&branch=nonsense&section=nonsense",
        "due_from=31.12.2026&due_to=9999999-01-01",
        "after=nonsense",
        "before=" + "A" * 3000,
        "branch=S03",
    ],
)
def test_nonsense_in_the_address_is_no_error(desk, three, query):
    assert desk("head_b1").get(f"{HOME}?{query}").status_code == 200


def test_a_bad_date_is_named_beside_its_field(desk, three):
    html = desk("head_b1").get(f"{HOME}?due_from=31.12.2026").content.decode()
    assert 'value="31.12.2026"' in html
    assert "Enter a valid date" in html


def test_manager_of_one_portfolio_is_not_offered_other_owners(desk, three):
    fields = desk("rm_a").get(HOME).context["filter"].form.fields
    assert "owner" not in fields
    assert "branch" not in fields


def test_filter_by_another_branch_shows_nothing_of_it(cast, desk):
    open_duty(cast, "2026-06-03", no="C-X", branch=cast.branches["S03"], owner=cast.rm_b)
    assert listed(desk("supervisor_a").get(f"{HOME}?branch=S03&q=C-X")) == []


def test_htmx_gets_the_list_alone(desk, three):
    response = desk("head_b1").get(HOME, headers={"HX-Request": "true", "HX-Target": "work"})
    html = response.content.decode()
    assert html.lstrip().startswith('<div id="work"')
    assert "<html" not in html


def test_empty_list_says_what_comes_next(desk):
    assert "New duties appear here" in desk("rm_a").get(HOME).content.decode()


def test_empty_filter_offers_the_way_out(desk):
    assert "Clear the filters" in desk("rm_a").get(f"{HOME}?q=nobody").content.decode()


def test_who_is_behind_follows_the_scope(cast, desk):
    open_duty(cast, "2026-06-02")
    url = reverse("reports:behind")
    assert "Person E001" in desk("head_b1").get(url).content.decode()
    assert "Person E001" not in desk("rm_b").get(url).content.decode()
    assert "Person E001" not in desk("rm_a").get(url).content.decode()


def test_view_is_saved_replaced_and_removed(cast, desk):
    browser = desk("rm_a")
    save = reverse("reports:save_view")
    browser.post(save, {"name": "Late", "query": "section=overdue"})
    response = browser.post(save, {"name": "Late", "query": "section=today"})
    assert response["Location"] == "/?section=today"
    view = SavedView.objects.get(owner=cast.rm_a)
    assert view.query == "section=today"
    assert "Late" in browser.get(HOME).content.decode()
    browser.post(reverse("reports:delete_view", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_view_of_somebody_else_stays(cast, desk):
    view = SavedView.objects.create(owner=cast.rm_b, page="workbench", name="Mine", query="q=x")
    desk("rm_a").post(reverse("reports:delete_view", args=[view.pk]))
    assert SavedView.objects.filter(pk=view.pk).exists()


@pytest.mark.parametrize("data", [{}, {"name": "x" * 41, "query": "a=b"}, {"name": "x", "query": "y" * 1001}])
def test_view_without_a_proper_name_is_not_saved(desk, data):
    desk("rm_a").post(reverse("reports:save_view"), data)
    assert not SavedView.objects.exists()


def test_saved_query_cannot_lead_elsewhere(desk):
    response = desk("rm_a").post(reverse("reports:save_view"), {"name": "x", "query": "//evil.example/?a"})
    assert response["Location"].startswith("/?")


def test_closed_duties_show_with_their_reason(cast, desk):
    open_duty(
        cast,
        "2026-06-01",
        state=DutyState.LAPSED,
        closed_on=dt.date(2026, 6, 2),
        close_reason="paid",
        missed=True,
    )
    html = desk("rm_a").get(f"{HOME}?state=lapsed").content.decode()
    assert "Paid" in html
    assert "missed" in html


def test_names_are_escaped(cast, desk):
    borrower = build_borrower("C-Z", cast.branches["S01"], cast.rm_a, name="<script>alert(1)</script>")
    build_loan("L-Z", borrower, disbursed="2026-01-05", matures="2027-01-05")
    open_duty(cast, "2026-06-03", no="C-Z", explanation={"note": "<img src=x>"})
    html = desk("rm_a").get(HOME).content.decode()
    assert "<script>alert" not in html
    assert "<img" not in html
