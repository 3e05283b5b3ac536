"""Keyset pages: every row once, in order, forwards and backwards."""

import datetime as dt

import pytest

from core.models import BusinessDay
from core.paging import COUNT_CAP, CappedCount, Order, capped_count, keyset_page
from org.enums import BranchLevel
from org.models import Branch

pytestmark = pytest.mark.django_db

YEAR_2025 = BusinessDay.objects.filter(date__year=2025)


def walk(queryset, order, size):
    """All pages from the first to the last, and back again."""
    pages, params = [], {}
    while True:
        page = keyset_page(queryset, order, params, size)
        pages.append(page)
        if not page.after:
            break
        params = {"after": page.after}
    back = [pages[-1]]
    while back[-1].before:
        back.append(keyset_page(queryset, order, {"before": back[-1].before}, size))
    return [page.rows for page in pages], [page.rows for page in reversed(back)]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("size", [1, 100, 365, 400])
def test_walk_gives_every_row_once_in_order(descending, size):
    forward, back = walk(YEAR_2025, Order("pk", descending), size)
    dates = [row.date for page in forward for row in page]
    assert dates == sorted((row.date for row in YEAR_2025), reverse=descending)
    assert back == forward


@pytest.mark.parametrize("descending", [False, True])
def test_walk_breaks_ties_by_primary_key(descending):
    for number in range(7):
        Branch.objects.create(
            branch_no=f"X{number}", name="same" if number % 2 else "other", level=BranchLevel.BRANCH
        )
    forward, back = walk(Branch.objects.all(), Order("name", descending), 2)
    rows = [(row.name, row.pk) for page in forward for row in page]
    assert rows == sorted(rows, reverse=descending)
    assert len(rows) == 7
    assert back == forward


def test_first_page_has_nothing_before_and_last_nothing_after():
    first = keyset_page(YEAR_2025, Order(), {}, 300)
    last = keyset_page(YEAR_2025, Order(), {"after": first.after}, 300)
    assert (first.before, last.after) == ("", "")
    assert len(last) == 65


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WyJ4Il0", "WzEsMiwzXQ", "bnVsbA", "WyJhXHUwMDAwIl0", "\x00", "é", "W251bGxd"]
)
def test_cursor_that_nobody_was_given_shows_the_first_page(cursor):
    page = keyset_page(YEAR_2025, Order(), {"after": cursor}, 10)
    assert page.rows[0].date == dt.date(2025, 1, 1)


def test_page_costs_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        keyset_page(YEAR_2025, Order(), {}, 10)


def test_page_of_nothing_has_no_neighbours():
    page = keyset_page(BusinessDay.objects.none(), Order(), {}, 10)
    assert (page.rows, page.after, page.before) == ([], "", "")


def test_counts_stop_one_past_the_cap(monkeypatch):
    monkeypatch.setattr("core.paging.COUNT_CAP", 9)
    assert capped_count(YEAR_2025) == 10
    assert capped_count(YEAR_2025.filter(date__month=2, date__day__lte=3)) == 3
    assert COUNT_CAP == 10_000


def test_several_capped_counts_cost_one_query(django_assert_num_queries):
    branch = Branch.objects.create(branch_no="Z", name="Z", level=BranchLevel.BRANCH)
    with django_assert_num_queries(1):
        row = Branch.objects.filter(pk=branch.pk).values(
            january=CappedCount(YEAR_2025.filter(date__month=1)), none=CappedCount(YEAR_2025.none())
        )[0]
    assert (row["january"], row["none"] or 0) == (31, 0)
