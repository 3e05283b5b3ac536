"""Closing a month: the figures of a book worked out by hand, and that they stay as they were."""

from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import DatabaseError, transaction

from loans.models import Loan
from org.models import Branch
from reports.enums import Dimension
from reports.models import LoanSnapshot, PortfolioFigure, PortfolioMonth, TimelinessFigure
from reports.rules import ReportReadings
from reports.selectors.figures import Unit, chosen_month, closed_months
from reports.selectors.summary import MENTION, NPL, OVERDUE, Summary
from tests.builders import day
from tests.reports.duties import open_duty
from tests.reports.months import APRIL, MAY, build_april, close, close_both, play_may

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_live_figures_kept():
    cache.clear()


def summary(branch_no: str, key: str = "2026-05", closed: str = "2026-05-31") -> Summary:
    unit = Branch.objects.get(branch_no=branch_no)
    month = chosen_month(key, day(closed), closed_months())
    return Summary(Unit.within(unit, Branch.objects.all()), month, ReportReadings())


def amounts(rows, *names):
    return [tuple(getattr(row, name) for name in names) for row in rows]


def money(*texts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, texts))


@pytest.fixture(params=["frozen", "live"])
def at(request, cast):
    """``at(branch)``: May's summary, from the frozen rows or from the loans themselves: the same figures."""
    if request.param == "frozen":
        close_both(cast)
        return summary
    loans = build_april(cast)
    close(APRIL)
    play_may(cast, loans)
    return lambda branch: summary(branch, "", "2026-05-31")


class TestFigures:
    def test_five_classes(self, at):
        its = at("H0")
        assert [row.code for row in its.classes] == [
            "normal",
            "special_mention",
            "substandard",
            "doubtful",
            "loss",
        ]
        assert amounts(its.classes, "loans", "balance", "since_month_start") == [
            (4, *money("240000.00", "80000.00")),
            (0, *money("0.00", "-50000.00")),
            (3, *money("85000.00", "15000.00")),
            (0, *money("0.00", "-30000.00")),
            (0, *money("0.00", "0.00")),
        ]
        assert its.quality.npl_ratio == Decimal("26.15")  # 85,000 of 325,000
        assert its.opening.npl_ratio == Decimal("32.26")  # 100,000 of 310,000
        assert its.year_start is None

    @pytest.mark.parametrize(
        ("branch", "expected"),
        [
            # opening, new, recovered, upgraded, written off, disposed, closing
            ("H0", ("100000.00", "50000.00", "10000.00", "20000.00", "30000.00", "5000.00", "85000.00")),
            ("B1", ("90000.00", "50000.00", "10000.00", "20000.00", "30000.00", "5000.00", "75000.00")),
            ("S01", ("40000.00", "50000.00", "10000.00", "0.00", "0.00", "5000.00", "75000.00")),
            ("S02", ("50000.00", "0.00", "0.00", "20000.00", "30000.00", "0.00", "0.00")),
            ("B2", ("10000.00", "0.00", "0.00", "0.00", "0.00", "0.00", "10000.00")),
        ],
    )
    def test_the_bridge_balances_everywhere(self, at, branch, expected):
        bridge = at(branch).bridge
        names = ("opening", "new", "recovered", "upgraded", "written_off", "disposed", "closing")
        assert tuple(getattr(bridge, name) for name in names) == money(*expected)
        assert bridge.balances

    def test_buckets(self, at):
        rows = {row.bucket: row for row in at("H0").buckets}
        assert rows["M0"].balance == Decimal("240000.00")
        assert (rows["M4"].balance, rows["M4"].overdue_principal) == money("50000.00", "5000.00")
        assert rows["M5"].balance == Decimal("35000.00")
        # Of the 310,000 that were current 100,000 are late now; nothing was late before.
        assert rows["M0"].opening == Decimal("310000.00")
        assert rows["M0"].rolled == Decimal("100000.00")
        assert rows["M0"].roll_rate == Decimal("32.26")
        assert rows["M4"].roll_rate is None

    def test_migration(self, at):
        matrix = at("H0").matrix
        assert matrix["normal"] == {"normal": Decimal("150000.00")}
        assert matrix["special_mention"] == {"substandard": Decimal("50000.00")}
        assert matrix["substandard"] == {"substandard": Decimal("35000.00"), "normal": Decimal("20000.00")}
        assert matrix["doubtful"] == {"gone": Decimal("30000.00")}
        assert matrix["new"] == {"normal": Decimal("70000.00")}
        assert at("H0").rates["special_mention"] == Decimal("100.00")
        assert at("H0").rates["composite"] == Decimal("25.00")  # 50,000 of 150,000 + 50,000

    def test_overdue_against_npl(self, at):
        its = at("H0").quality
        assert (its.overdue, its.long_overdue) == money("85000.00", "85000.00")
        assert its.long_overdue_to_npl == Decimal("100.00")

    def test_what_falls_due_next_month(self, at):
        assert (at("B1").due.loans, at("B1").due.balance) == (1, Decimal("60000.00"))
        assert at("B2").due.loans == 0

    def test_branches_and_dimensions_add_up(self, at):
        its = at("H0")
        assert {row.label: row.quality.npl for row in its.branches} == {
            "North Branch": Decimal("75000.00"),
            "South Branch": Decimal("10000.00"),
        }
        for dimension in (Dimension.PRODUCT, Dimension.INDUSTRY, Dimension.GUARANTEE, Dimension.OFFICER):
            rows = its.by(dimension)
            assert sum(row.quality.balance for row in rows) == its.quality.balance
            assert sum(row.quality.npl for row in rows) == its.quality.npl

    def test_the_largest_borrowers(self, at):
        holders = at("H0").holders
        assert amounts(holders[NPL], "name", "balance") == [
            ("Firm L-2", Decimal("50000.00")),
            ("Firm L-3", Decimal("25000.00")),
            ("Firm L-6", Decimal("10000.00")),
        ]
        assert holders[NPL][0].share == Decimal("58.82")
        assert holders[MENTION] == []
        assert [row.name for row in holders[OVERDUE]] == ["Firm L-2", "Firm L-3", "Firm L-6"]

    def test_reference_provisions(self, at):
        its = at("H0")
        assert its.specific_provision == Decimal("21250.00")  # a quarter of 85,000
        assert its.general_provision == Decimal("3250.00")


class TestFreezing:
    def test_a_back_dated_correction_changes_nothing_frozen(self, cast):
        loans = close_both(cast)
        before = [list(table.objects.order_by("pk").values()) for table in (LoanSnapshot, PortfolioFigure)]
        Loan.objects.filter(pk=loans["L-2"].pk).update(classification="normal", balance=Decimal("1.00"))
        assert summary("H0").quality.npl == Decimal("85000.00")
        close(MAY)
        after = [list(table.objects.order_by("pk").values()) for table in (LoanSnapshot, PortfolioFigure)]
        assert after == before

    def test_a_second_run_writes_nothing(self, cast):
        close_both(cast)
        assert close(MAY) == {}
        assert close(APRIL) == {}

    def test_other_days_close_no_month(self, cast):
        build_april(cast)
        assert close(day("2026-04-29")) == {}
        assert not PortfolioMonth.objects.exists()

    @pytest.mark.parametrize("table", [LoanSnapshot, PortfolioFigure, TimelinessFigure, PortfolioMonth])
    def test_the_database_refuses_changes(self, cast, table):
        open_duty(cast, "2026-05-08")
        close_both(cast)
        assert table.objects.exists()
        with pytest.raises(DatabaseError), transaction.atomic():
            table.objects.update(month_end=day("2020-01-31"))
        with pytest.raises(DatabaseError), transaction.atomic():
            table.objects.all().delete()

    def test_the_first_month_has_nothing_to_compare_with(self, cast):
        build_april(cast)
        close(APRIL)
        its = summary("H0", "2026-04")
        assert its.bridge is None
        assert its.matrix is None
        assert {row.since_month_start for row in its.classes} == {None}

    def test_the_trend_has_the_closed_months(self, cast):
        close_both(cast)
        assert [(point.key, point.quality.npl_ratio) for point in summary("H0").trend] == [
            ("2026-04", Decimal("32.26")),
            ("2026-05", Decimal("26.15")),
        ]

    def test_a_loan_that_moves_between_branches_keeps_both_bridges(self, cast):
        loans = build_april(cast)
        close(APRIL)
        play_may(cast, loans)
        Loan.objects.filter(pk=loans["L-6"].pk).update(branch=cast.branches["S01"])
        close(MAY)
        north, south, bank = (summary(number).bridge for number in ("B1", "B2", "H0"))
        assert (north.moved_in, north.opening, north.closing) == money("10000.00", "90000.00", "85000.00")
        assert (south.moved_out, south.opening, south.closing) == money("10000.00", "10000.00", "0.00")
        assert (bank.moved_in, bank.moved_out) == money("0.00", "0.00")
        assert north.balances
        assert south.balances
        assert bank.balances

    def test_other_currencies_are_not_added(self, cast):
        loans = build_april(cast)
        Loan.objects.filter(pk=loans["L-1"].pk).update(currency="USD")
        close(APRIL)
        assert summary("H0", "2026-04").quality.balance == Decimal("210000.00")

    def test_an_empty_book_closes(self, cast):
        assert close(MAY) == {}
        assert summary("H0").quality.npl_ratio is None


class TestTimeliness:
    def test_duties_of_the_month(self, cast):
        in_time = open_duty(cast, "2026-05-08")
        type(in_time).objects.filter(pk=in_time.pk).update(
            state="done", done_on=day("2026-05-08"), closed_on=day("2026-05-08")
        )
        late = open_duty(cast, "2026-05-11")
        type(late).objects.filter(pk=late.pk).update(
            state="done", done_on=day("2026-05-12"), closed_on=day("2026-05-12")
        )
        gone = open_duty(cast, "2026-05-12")
        type(gone).objects.filter(pk=gone.pk).update(state="lapsed", closed_on=day("2026-05-11"))
        open_duty(cast, "2026-05-13")
        open_duty(cast, "2026-06-05")  # next month's
        close_both(cast)
        its = summary("H0").duties
        assert (its.due, its.on_time, its.late, its.still_open, its.excused) == (4, 1, 1, 1, 1)
        assert its.rate == Decimal("33.33")
        assert [row.label for row in summary("H0").duties_by_branch] == ["North Branch"]
        assert summary("B2").duties.due == 0
