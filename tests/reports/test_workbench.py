"""The worklist: sections, order, names, counts, and who is behind."""

import datetime as dt

import pytest

from duties.enums import DutyState
from duties.models import Duty
from loans.models import BorrowerGroup
from reports.selectors import workbench
from tests.reports.duties import TODAY, customer, open_duty

pytestmark = pytest.mark.django_db

ALL = Duty.objects.all()


def listed(params=None, *, state="open", section="", duties=ALL):
    return workbench.worklist(duties, state=state, section=section, today=TODAY, params=params or {})


@pytest.mark.parametrize(
    ("due", "section"),
    [
        ("2026-06-02", "overdue"),
        ("2026-06-03", "today"),
        ("2026-06-04", "week"),
        ("2026-06-07", "week"),
        ("2026-06-08", "later"),
    ],
)
def test_section_of_a_deadline_agrees_with_the_ranges(cast, due, section):
    duty = open_duty(cast, due)
    assert workbench.section_of(duty.due_on, TODAY) == section
    bounds = workbench.section_bounds(TODAY)
    assert [name for name in bounds if ALL.filter(bounds[name]).exists()] == [section]


def test_week_ends_on_sunday():
    assert workbench.week_end(dt.date(2026, 6, 7)) == dt.date(2026, 6, 7)
    assert workbench.week_end(dt.date(2026, 6, 8)) == dt.date(2026, 6, 14)


def test_list_is_ordered_by_urgency(cast):
    for due in ("2026-07-01", "2026-06-02", "2026-06-03", "2026-05-01"):
        open_duty(cast, due)
    lines = listed().rows
    assert [(str(line.duty.due_on), line.section) for line in lines] == [
        ("2026-05-01", "overdue"),
        ("2026-06-02", "overdue"),
        ("2026-06-03", "today"),
        ("2026-07-01", "later"),
    ]


def test_lines_name_borrower_loans_and_guarantor(cast):
    customer(cast)
    open_duty(cast, "2026-06-03", loans="L-E;L-A;L-D;L-B;L-C", explanation={"guarantor": "Wang Wei"})
    line = listed().rows[0]
    assert (line.title, line.detail) == ("Anshan Bearings", "Wang Wei")
    assert (line.loans, line.more_loans) == (["L-A", "L-B", "L-C"], 2)


def test_lines_name_branches_and_groups_without_a_borrower(cast):
    BorrowerGroup.objects.create(group_no="G1", name="Steel Group", lead_branch=cast.branches["B1"])
    open_duty(
        cast, "2026-06-03", code="GROUP_HALF_YEAR", no="G1/B1>S01", subject_type="group", borrower_no=None
    )
    open_duty(cast, "2026-06-04", code="LEDGER_YEAR_END", no="S01", subject_type="branch", borrower_no=None)
    open_duty(cast, "2026-06-05", code="OTHER", no="?", subject_type="unheard_of", borrower_no=None)
    assert [line.title for line in listed()] == [
        "Steel Group: North Branch → First Sub-branch",
        "First Sub-branch",
        "?",
    ]


def test_borrower_that_is_not_in_the_book_shows_its_number(cast):
    open_duty(cast, "2026-06-03", no="C-GONE")
    assert listed().rows[0].title == "C-GONE"


def test_section_narrows_the_list(cast):
    open_duty(cast, "2026-06-02")
    open_duty(cast, "2026-06-03")
    assert [line.section for line in listed(section="today")] == ["today"]
    assert len(listed(section="nonsense")) == 2


def test_closed_duties_are_listed_newest_first(cast):
    for day in (1, 3, 2):
        open_duty(
            cast,
            f"2026-06-0{day}",
            state=DutyState.DONE,
            done_on=dt.date(2026, 6, day),
            closed_on=dt.date(2026, 6, day),
        )
    open_duty(cast, "2026-06-09")
    lines = listed(state="done").rows
    assert [line.duty.closed_on.day for line in lines] == [3, 2, 1]
    assert {line.section for line in lines} == {"closed"}


def test_list_pages_by_keyset(cast, monkeypatch):
    monkeypatch.setattr(workbench, "PAGE", 2)
    for n in range(5):
        open_duty(cast, "2026-06-03", period_key=str(n))
    first = listed()
    second = listed({"after": first.after})
    third = listed({"after": second.after})
    assert [len(first), len(second), len(third)] == [2, 2, 1]
    assert (first.before, third.after) == ("", "")
    keys = [line.duty.period_key for page in (first, second, third) for line in page]
    assert keys == ["0", "1", "2", "3", "4"]


def test_counts_are_per_section_in_one_query(cast, django_assert_num_queries):
    for due in ("2026-06-01", "2026-06-02", "2026-06-03", "2026-06-05", "2026-07-01"):
        open_duty(cast, due)
    open_duty(cast, "2026-06-01", no="X", state=DutyState.LAPSED, closed_on=TODAY)
    with django_assert_num_queries(1):
        counts = workbench.section_counts(ALL, today=TODAY, user=cast.rm_a)
    assert counts == {"overdue": 2, "today": 1, "week": 1, "later": 1}


def test_counts_of_nothing_are_zero(cast):
    counts = workbench.section_counts(ALL.none(), today=TODAY, user=cast.rm_a)
    assert counts == {"overdue": 0, "today": 0, "week": 0, "later": 0}


def test_behind_lists_people_with_overdue_duties_most_first(cast):
    open_duty(cast, "2026-06-01")
    open_duty(cast, "2026-05-20")
    open_duty(cast, "2026-06-03", period_key="t")
    open_duty(cast, "2026-06-05")
    open_duty(cast, "2026-09-30")
    open_duty(cast, "2026-06-02", owner=cast.supervisor_a, no="C-B")
    open_duty(cast, "2026-06-03", owner=cast.head_b1, no="C-C")
    rows = workbench.behind(ALL, TODAY)
    figures = [
        (row["owner__employee_no"], row["overdue"], str(row["oldest"]), row["today"], row["week"])
        for row in rows
    ]
    assert figures == [("E001", 2, "2026-05-20", 1, 1), ("E003", 1, "2026-06-02", 0, 0)]


@pytest.mark.parametrize("rows", [1, 30])
def test_list_costs_the_same_for_one_line_and_for_thirty(cast, rows, django_assert_num_queries):
    customer(cast)
    for n in range(rows):
        open_duty(cast, "2026-06-03", period_key=str(n), loans="L-A")
    with django_assert_num_queries(2):
        assert len(listed()) == rows
