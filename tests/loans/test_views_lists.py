"""Lists of borrowers and loans: scope, filters, order, pages, search; at a fixed number of queries."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from loans.filters import in_bucket
from loans.models import Loan
from loans.selectors import pages
from tests.builders import build_borrower, build_loan, day
from tests.reports.duties import start

pytestmark = pytest.mark.django_db

BORROWERS, LOANS = reverse("loans:borrowers"), reverse("loans:loans")
TODAY = day("2026-06-03")  # figures are as of the close of 2 June


@pytest.fixture
def book(cast, client):
    """Borrowers of three branches with loans in different states."""
    client.cookies["django_language"] = "en"
    start(TODAY)
    s01, s02, s03 = (cast.branches[no] for no in ("S01", "S02", "S03"))
    anshan = build_borrower(
        "C-A", s01, cast.rm_a, name="Anshan Bearings", id_no="911200001234567890", phone="13800138000"
    )
    binzhou = build_borrower("C-B", s02, None, name="Binzhou Textiles", borrower_type="personal")
    cangzhou = build_borrower("C-C", s03, cast.rm_b, name="Cangzhou Pipes")
    build_loan("L-A1", anshan, disbursed="2026-01-05", matures="2027-01-05", balance=Decimal("10.00"))
    build_loan(
        "L-A2",
        anshan,
        disbursed="2025-01-05",
        matures="2026-07-05",
        classification="doubtful",
        regime="key",
        oldest_unpaid_due_on=day("2026-02-01"),
        balance=Decimal("20.50"),
    )
    build_loan("L-A3", anshan, disbursed="2024-01-05", matures="2026-01-05", ended_on=day("2026-01-05"))
    build_loan(
        "L-B1", binzhou, disbursed="2026-03-05", matures="2026-12-05", oldest_unpaid_due_on=day("2026-06-01")
    )
    build_loan("L-C1", cangzhou, disbursed="2026-03-05", matures="2026-12-05")
    return client


def numbers(response):
    return [loan.loan_no for loan in response.context["page"]]


def names(response):
    return [borrower.borrower_no for borrower in response.context["page"]]


@pytest.mark.parametrize(
    ("person", "loans", "borrowers"),
    [
        ("rm_a", ["L-A1", "L-A2"], ["C-A"]),
        ("rm_b", ["L-C1"], ["C-C"]),
        ("supervisor_a", ["L-A1", "L-A2"], ["C-A"]),
        ("head_b1", ["L-A1", "L-A2", "L-B1"], ["C-A", "C-B"]),
        ("risk", ["L-A1", "L-A2", "L-B1", "L-C1"], ["C-A", "C-B", "C-C"]),
        ("auditor", ["L-A1", "L-A2", "L-B1", "L-C1"], ["C-A", "C-B", "C-C"]),
    ],
)
def test_lists_follow_the_scope(cast, book, person, loans, borrowers):
    book.force_login(getattr(cast, person))
    assert numbers(book.get(LOANS)) == loans
    assert names(book.get(BORROWERS)) == borrowers


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=anshan", ["L-A1", "L-A2"]),
        ("q=L-A2", ["L-A2"]),
        ("q=911200001234567890", ["L-A1", "L-A2"]),
        ("q=8000", ["L-A1", "L-A2"]),
        ("q=800", []),
        ("q=C-B", ["L-B1"]),
        ("cls=doubtful", ["L-A2"]),
        ("bucket=any", ["L-A2", "L-B1"]),
        ("bucket=M0", ["L-A1", "L-C1"]),
        ("bucket=M1", ["L-B1"]),
        ("bucket=M5", ["L-A2"]),
        ("bucket=M6%2B", []),
        ("regime=key", ["L-A2"]),
        ("matures_to=2026-12-05", ["L-A2", "L-B1", "L-C1"]),
        ("state=ended", ["L-A3"]),
        ("state=all&q=anshan", ["L-A1", "L-A2", "L-A3"]),
        ("branch=B1", ["L-A1", "L-A2", "L-B1"]),
        ("branch=nowhere", ["L-A1", "L-A2", "L-B1", "L-C1"]),
        ("sort=overdue", ["L-A2", "L-B1"]),
        ("sort=matures", ["L-A2", "L-B1", "L-C1", "L-A1"]),
        ("sort=disbursed", ["L-C1", "L-B1", "L-A1", "L-A2"]),
    ],
)
def test_loan_filters(cast, book, query, found):
    book.force_login(cast.risk)
    assert numbers(book.get(f"{LOANS}?{query}")) == found


@pytest.mark.parametrize(
    ("bucket", "first", "last"),
    [
        ("M1", 1, 30),
        ("M2", 31, 60),
        ("M3", 61, 90),
        ("M4", 91, 120),
        ("M5", 121, 150),
        ("M6", 151, 180),
        ("M6+", 181, 9999),
    ],
)
def test_bucket_ranges_have_the_same_edges_as_the_rule(cast, book, bucket, first, last):
    closed = day("2026-06-02")
    for days, inside in ((first - 1, False), (first, True), (last, True), (last + 1, bucket == "M6+")):
        Loan.objects.filter(loan_no="L-A1").update(oldest_unpaid_due_on=closed - dt.timedelta(days=days))
        found = in_bucket(Loan.objects.filter(loan_no="L-A1"), bucket, closed).exists()
        assert found is inside, days


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=TEXTILES", ["C-B"]),
        ("q=L-A3&borrower_type=", ["C-A"]),
        ("q=1380013&sort=", []),
        ("q=38000&sort=", ["C-A"]),
        ("borrower_type=personal", ["C-B"]),
        ("branch=S03", ["C-C"]),
        ("sort=new", ["C-C", "C-B", "C-A"]),
    ],
)
def test_borrower_filters(cast, book, query, found):
    book.force_login(cast.risk)
    assert names(book.get(f"{BORROWERS}?{query}")) == found


def test_holdings_sum_the_running_loans(cast, book):
    book.force_login(cast.rm_a)
    holding = book.get(BORROWERS).context["page"].rows[0].holding
    assert (holding.count, holding.balance, holding.worst_class) == (2, Decimal("30.50"), "doubtful")
    assert holding.oldest_unpaid_due_on == day("2026-02-01")


def test_loan_number_in_the_search_box_opens_the_loan(cast, book):
    book.force_login(cast.rm_a)
    assert book.get(f"{BORROWERS}?q=L-A1")["Location"] == reverse("loans:loan", args=["L-A1"])
    # Somebody else's loan is not even known.
    assert book.get(f"{BORROWERS}?q=L-C1").context["page"].rows == []


def test_numbers_are_masked_in_the_list(cast, book):
    book.force_login(cast.rm_a)
    html = book.get(BORROWERS).content.decode()
    assert "911200001234567890" not in html
    assert "13800138000" not in html
    assert "911********7890" in html


@pytest.mark.parametrize("url", [LOANS, BORROWERS])
@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "x" * 5000,
        "q=%25_%5C",
        "sort=nonsense&after=zzz",
        "matures_to=never",
        "cls=1&bucket=M99",
        "q=' OR 1=1",
    ],
)
def test_nonsense_in_the_address_is_no_error(cast, book, url, query):
    book.force_login(cast.risk)
    assert book.get(f"{url}?{query}").status_code == 200


@pytest.mark.parametrize(("url", "most"), [(LOANS, 10), (BORROWERS, 11)])
@pytest.mark.parametrize("rows", [1, 30])
def test_lists_take_few_queries(cast, book, url, most, rows, django_assert_max_num_queries):
    for n in range(rows):
        borrower = build_borrower(f"C-X{n}", cast.branches["S01"], cast.rm_a, name=f"X {n}")
        build_loan(f"L-X{n}", borrower, disbursed="2026-01-05", matures="2027-01-05")
    book.force_login(cast.head_b1)
    book.get(url)
    with django_assert_max_num_queries(most):
        response = book.get(url)
    assert len(response.context["page"]) >= rows


def test_list_pages_forward_and_back(cast, book, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 2)
    book.force_login(cast.risk)
    first = book.get(f"{LOANS}?sort=matures")
    second = book.get(f"{LOANS}?sort=matures&after={first.context['page'].after}")
    back = book.get(f"{LOANS}?sort=matures&before={second.context['page'].before}")
    assert numbers(first) + numbers(second) == ["L-A2", "L-B1", "L-C1", "L-A1"]
    assert numbers(back) == numbers(first)
    assert f"after={first.context['page'].after}" in first.content.decode()


def test_htmx_gets_the_list_alone(cast, book):
    book.force_login(cast.risk)
    for url in (LOANS, BORROWERS):
        html = book.get(url, headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
        assert html.lstrip().startswith('<section class="panel" id="list"')


def test_empty_lists_say_what_comes_next(cast, client):
    client.cookies["django_language"] = "en"
    start(TODAY)
    client.force_login(cast.rm_b)
    assert "Loans come with the core-banking delivery" in client.get(LOANS).content.decode()
    assert "Borrowers come with the core-banking delivery" in client.get(BORROWERS).content.decode()
    assert "Clear the filters" in client.get(f"{LOANS}?q=nobody").content.decode()
