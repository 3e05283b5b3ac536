"""Frequencies, exemptions, merging per borrower, logs, collateral, sampling (INS, LOG, CLT, SUP)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from inspections.rules import (
    InspectedLoan,
    InspectionReadings,
    SampleBorrower,
    borrower_reports,
    branch_coverage,
    collateral_check,
    first_inspection,
    frequency_table,
    inspection_frequency,
    inspection_plan,
    is_review_opinion,
    new_loan_from,
    planned_visit,
    report_windows,
    sampling_check,
    sampling_requirements,
    windows_ending,
    worklog_minimum,
    worklog_months,
    worklog_shortfall,
    worklog_sla,
)
from loans.rules import CLASSES, REGIMES
from tests.handbook import CALENDAR, RULES, day

DEFAULT = InspectionReadings()


def loan(
    loan_no="L1", disbursed_on="2024-01-10", matures_on="2028-01-10", regime="regular", classes=(), **facts
):
    start = day(disbursed_on)
    return InspectedLoan(
        loan_no=loan_no,
        disbursed_on=start,
        matures_on=day(matures_on),
        regimes=[(start, regime)],
        classes=[(start, "normal"), *((day(on), value) for on, value in classes)],
        **facts,
    )


def reports_of(one, start="2026-01-01", end="2026-12-31", readings=DEFAULT):
    plan = inspection_plan(one, day(start), day(end), RULES, CALENDAR, readings)
    return [(report.report_type, report.period.key) for report in plan.reports]


def exemptions_of(one, start="2026-01-01", end="2026-12-31", readings=DEFAULT):
    plan = inspection_plan(one, day(start), day(end), RULES, CALENDAR, readings)
    return [(report.period.key, report.exemption) for report in plan.exempt]


def merged(*loans, start="2026-01-01", end="2026-12-31", readings=DEFAULT):
    reports = borrower_reports(loans, day(start), day(end), RULES, CALENDAR, readings)
    return [(r.code, r.period.key, str(r.due), r.loans) for r in reports]


@pytest.mark.parametrize(
    ("regime", "classification", "frequency"),
    [
        pytest.param("regular", "normal", "half_yearly", id="INS-2"),
        pytest.param("regular", "special_mention", "quarterly", id="INS-2"),
        pytest.param("regular", "substandard", "monthly", id="reading npl_regular_frequency"),
        pytest.param("key", "normal", "quarterly", id="INS-5"),
        pytest.param("key", "special_mention", "monthly", id="INS-5"),
        pytest.param("key", "loss", "monthly", id="INS-5"),
    ],
)
def test_inspection_frequency(regime, classification, frequency):
    assert inspection_frequency(regime, classification, DEFAULT) == frequency


def test_frequency_table_knows_every_regime_and_class():
    assert set(frequency_table(DEFAULT)) == {(regime, c) for regime in REGIMES for c in CLASSES}


@pytest.mark.parametrize(
    ("ended_on", "due"),
    [
        pytest.param(None, "2026-02-28", id="INS-1 scenario 1"),
        pytest.param("2026-02-28", None, id="reading first_inspection_settled: on the day lapses"),
        pytest.param("2026-03-01", "2026-02-28", id="INS-1 settled after the deadline"),
    ],
)
def test_first_inspection(ended_on, due):
    found = first_inspection(day("2026-01-31"), ended_on and day(ended_on), RULES, CALENDAR, DEFAULT)
    assert found == (due and day(due))


def test_scenario_1_short_loan_downgraded_owes_the_quarter():
    short = loan(disbursed_on="2026-01-31", matures_on="2026-07-31")
    assert reports_of(short, end="2026-06-30") == []
    assert exemptions_of(short, end="2026-06-30") == [("2026H1", "short_term")]
    worse = loan(
        disbursed_on="2026-01-31", matures_on="2026-07-31", classes=[("2026-05-11", "special_mention")]
    )
    plan = inspection_plan(worse, day("2026-01-01"), day("2026-06-30"), RULES, CALENDAR, DEFAULT)
    assert plan.first_inspection_due == day("2026-02-28")
    assert [(r.period.key, str(r.due)) for r in plan.reports] == [("2026Q2", "2026-07-21")]


def test_renewed_loan_is_no_new_loan():
    renewed = loan(disbursed_on="2026-01-31", matures_on="2026-07-31", is_renewal=True)
    assert reports_of(renewed, end="2026-06-30") == [("half_yearly", "2026H1")]


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        pytest.param([], ["2026H1", "2026"], id="INS-3/4 annual stands in for H2"),
        pytest.param(
            [("2026-02-10", "special_mention")], ["2026Q1", "2026Q2", "2026Q3", "2026"], id="tightened"
        ),
        pytest.param(
            [("2026-04-10", "special_mention"), ("2026-05-20", "normal")],
            ["2026Q2", "2026"],
            id="tightened inside the quarter and relaxed again",
        ),
    ],
)
def test_reports_follow_the_class(classes, expected):
    assert [key for _, key in reports_of(loan(classes=classes))] == expected


def test_december_month_stays_beside_the_annual_report():
    key_npl = loan(regime="key", classes=[("2025-01-01", "substandard")])
    assert reports_of(key_npl, start="2026-12-01") == [("monthly", "2026-12"), ("annual", "2026")]


@pytest.mark.parametrize(
    ("period_end", "reading", "first"),
    [
        pytest.param("2026-06-30", "disbursement_plus_2_months", "2026-04-30", id="INS-8 both included"),
        pytest.param("2026-04-30", "disbursement_plus_2_months", "2026-03-01", id="INS-8 28 Feb falls short"),
        pytest.param("2026-04-30", "period_end_minus_2_months", "2026-02-28", id="INS-8 counted back"),
        pytest.param(
            "2026-08-31", "disbursement_plus_2_months", "2026-07-01", id="INS-8 30 June falls short"
        ),
        pytest.param("2024-02-29", "disbursement_plus_2_months", "2023-12-29", id="INS-8 leap year"),
    ],
)
def test_new_loan_from(period_end, reading, first):
    assert new_loan_from(day(period_end), replace(DEFAULT, two_month_rule=reading)) == day(first)


def test_borrower_writes_one_report_coded_by_the_strictest_frequency():
    assert merged(
        loan("L1"),
        loan("L2", regime="key", classes=[("2025-01-01", "loss")]),
        loan("L3", classes=[("2025-01-01", "special_mention")]),
        start="2026-05-01",
        end="2026-06-30",
    ) == [
        ("REPORT_MONTH", "2026-05", "2026-06-12", ("L2",)),
        ("REPORT_MONTH", "2026-06", "2026-07-14", ("L1", "L2", "L3")),
    ]


def test_borrower_owes_two_reports_in_december_only_beside_a_monthly_one():
    monthly = loan("L2", regime="key", classes=[("2025-01-01", "loss")])
    assert merged(loan("L1"), loan("L3", regime="key"), start="2025-12-01", end="2025-12-31") == [
        ("REPORT_YEAR", "2025", "2026-01-29", ("L1", "L3")),
    ]
    assert merged(loan("L1"), monthly, start="2025-12-01", end="2025-12-31") == [
        ("REPORT_MONTH", "2025-12", "2026-01-15", ("L2",)),
        ("REPORT_YEAR", "2025", "2026-01-29", ("L1", "L2")),
    ]


def test_annual_report_covers_the_quarter_of_a_loan_without_one():
    """Without annual reports for key loans, INS-4 still makes it one report, due at the earlier deadline."""
    readings = replace(DEFAULT, key_annual_report="no")
    assert merged(
        loan("L1"), loan("L3", regime="key"), start="2025-12-01", end="2025-12-31", readings=readings
    ) == [
        ("REPORT_YEAR", "2025", "2026-01-22", ("L1", "L3")),
    ]


def test_additional_layering_keeps_both_reports():
    readings = replace(DEFAULT, annual_report_layering="additional")
    assert merged(loan("L1"), start="2025-12-01", end="2025-12-31", readings=readings) == [
        ("REPORT_HALF", "2025H2", "2026-01-22", ("L1",)),
        ("REPORT_YEAR", "2025", "2026-01-29", ("L1",)),
    ]


def test_borrower_report_lists_exempt_loans_with_their_rule():
    (report,) = borrower_reports(
        [
            loan("L1"),
            loan("L2", disbursed_on="2026-05-01"),
            loan("L3", disbursed_on="2026-02-01", matures_on="2026-08-01"),
            loan("L4", ended_on=day("2026-06-30")),
        ],
        day("2026-06-01"),
        day("2026-06-30"),
        RULES,
        CALENDAR,
        DEFAULT,
    )
    assert report.loans == ("L1",)
    assert report.exempt == (("L2", "new_loan"), ("L3", "short_term"))


def test_borrower_with_only_exempt_loans_owes_nothing():
    assert merged(loan("L2", disbursed_on="2026-05-01"), start="2026-06-01", end="2026-06-30") == []


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        pytest.param("2026-05-31", ["2026-05"], id="the month only"),
        pytest.param(
            "2026-06-01", ["2026-05", "2026-06", "2026Q2", "2026H1"], id="last month of the half-year"
        ),
        pytest.param("2026-06-13", ["2026-06", "2026Q2", "2026H1"], id="May is past its deadline"),
        pytest.param("2026-07-21", ["2026-07", "2026Q2", "2026H1"], id="on the last day"),
        pytest.param("2026-12-01", ["2026-11", "2026-12", "2026Q4", "2026H2", "2026"], id="annual opens"),
        pytest.param("2026-01-29", ["2026-01", "2025"], id="annual of last year"),
    ],
)
def test_report_windows(on, expected):
    windows = report_windows(day(on), RULES, CALENDAR, DEFAULT)
    assert sorted(w.period.key for w in windows) == sorted(expected)
    assert all(w.opens_on <= day(on) <= w.due for w in windows)


def test_report_window_tells_what_the_set_based_step_joins():
    half = next(
        w for w in report_windows(day("2026-06-05"), RULES, CALENDAR, DEFAULT) if w.code == "REPORT_HALF"
    )
    assert (half.opens_on, half.due, half.new_loan_from) == (
        day("2026-06-01"),
        day("2026-07-21"),
        day("2026-04-30"),
    )
    readings = replace(DEFAULT, two_month_rule_annual="does_not_apply")
    annual = next(
        w for w in report_windows(day("2026-12-05"), RULES, CALENDAR, readings) if w.code == "REPORT_YEAR"
    )
    assert annual.new_loan_from is None


@pytest.mark.parametrize(
    ("submitted", "signed", "expected"),
    [
        pytest.param(
            "2026-02-24", "2026-02-26", ("2026-02-24", False, "2026-02-26", False), id="LOG-1/2 in time"
        ),
        pytest.param("2026-02-25", None, ("2026-02-24", True, "2026-02-27", True), id="LOG-1/2 both late"),
        pytest.param(None, None, ("2026-02-24", True, None, False), id="LOG-2 nothing to sign yet"),
    ],
)
def test_worklog_sla(submitted, signed, expected):
    clock = worklog_sla(
        day("2026-02-13"),
        submitted and day(submitted),
        signed and day(signed),
        day("2026-03-31"),
        RULES,
        CALENDAR,
    )
    sign_due = clock.sign_due and str(clock.sign_due)
    assert (str(clock.submit_due), clock.submit_late, sign_due, clock.sign_late) == expected


@pytest.mark.parametrize(
    ("regime", "classification", "minimum"),
    [("regular", "normal", 1), ("regular", "special_mention", 2), ("key", "normal", 2), ("key", "loss", 2)],
)
def test_worklog_minimum_log_3(regime, classification, minimum):
    assert worklog_minimum(regime, classification) == minimum


def test_worklog_months_counts_the_balance_at_month_end():
    settled = loan(disbursed_on="2026-01-31", ended_on=day("2026-03-31"))
    months = worklog_months([settled], [day("2026-02-03")], day("2026-01-01"), day("2026-04-01"), DEFAULT)
    assert [month.key for month in months] == ["2026-01"]


def test_worklog_shortfall_follows_the_strictest_loan():
    loans = [loan("L1"), loan("L2", classes=[("2026-02-10", "special_mention")])]
    short = worklog_shortfall(
        loans, [day("2026-01-05"), day("2026-02-05")], day("2026-01-01"), day("2026-03-01"), DEFAULT
    )
    assert {month.key: n for month, n in short.items()} == {"2026-02": 1, "2026-03": 2}


@pytest.mark.parametrize(
    ("matures_on", "classification", "undisturbed", "required"),
    [
        pytest.param("2027-01-15", "normal", True, False, id="CLT-2 12 months, normal"),
        pytest.param("2027-01-16", "normal", True, True, id="CLT-2 a day more"),
        pytest.param("2027-01-15", "special_mention", True, True, id="CLT-2 not normal"),
        pytest.param("2027-01-15", "normal", False, True, id="CLT-2 overdue, warned or seized"),
    ],
)
def test_collateral_check_exemption(matures_on, classification, undisturbed, required):
    check = collateral_check(
        day("2026-01-15"), day(matures_on), classification, None, day("2027-01-16"), RULES, CALENDAR, DEFAULT,
        undisturbed=undisturbed,
    )  # fmt: skip
    assert (check.required, check.due, check.late) == (
        required,
        day("2027-01-15") if required else None,
        required,
    )


def population(normal, special_mention, npl):
    classes = ["normal"] * normal + ["special_mention"] * special_mention + ["doubtful"] * npl
    return [
        SampleBorrower(f"B{n:03}", c, Decimal(1000 - n), frozenset({"mortgage"}), 2)
        for n, c in enumerate(classes)
    ]


@pytest.mark.parametrize(
    ("npl", "quotas"),
    [
        pytest.param(3, (3, 4, 3), id="SUP-2 no shortfall"),
        pytest.param(2, (3, 5, 2), id="SUP-2 shortfall 1"),
        pytest.param(1, (4, 5, 1), id="SUP-2 shortfall 2, scenario 10"),
        pytest.param(0, (4, 6, 0), id="SUP-2 shortfall 3"),
    ],
)
def test_sampling_shortfall_by_quota(npl, quotas):
    required = sampling_requirements(population(30, 30, npl), DEFAULT)
    assert tuple(required.min_by_class.values()) == quotas
    assert (required.min_total, required.top_ids) == (10, ["B000", "B001", "B002"])
    assert required.min_secured == {"guarantee_or_collateral": 5}


def test_sampling_check_of_an_empty_branch():
    assert sampling_check([], {}, DEFAULT) == []


def test_sampling_check_names_every_violation():
    people = population(30, 30, 3)
    sample = {"B000": 0, "ZZ9": 1}
    assert sampling_check(people, sample, DEFAULT) == [
        "CLASS_NORMAL", "CLASS_NPL", "CLASS_SPECIAL_MENTION", "LOANS:B000", "SECURED", "TOP_AMOUNT", "TOTAL",
        "UNKNOWN:ZZ9",
    ]  # fmt: skip


def test_branch_coverage_scenario_11():
    branches = [f"S{n}" for n in range(1, 8)]
    coverage = branch_coverage(branches, {2025: ["S1", "S2", "S2"], 2026: ["S3", "S4", "S5", "ZZ"]})
    assert coverage.coverage_pct == {2025: Decimal("28.57"), 2026: Decimal("42.86")}
    assert coverage.below_minimum == [2025]
    assert coverage.never_visited == ["S6", "S7"]


def test_branch_coverage_without_branches():
    assert branch_coverage([], {2026: []}).never_visited == []


@pytest.mark.parametrize(
    ("period_end", "opens_on", "visit"),
    [
        pytest.param("2026-06-30", "2026-06-01", "2026-06-23", id="five working days before the end"),
        pytest.param("2026-06-30", "2026-06-26", "2026-06-26", id="not before it opens"),
        pytest.param("2026-10-31", "2026-10-31", "2026-11-02", id="no working day left in the period"),
        pytest.param("2026-06-30", "2026-07-15", "2026-07-15", id="the period is over"),
    ],
)
def test_planned_visit(period_end, opens_on, visit):
    assert planned_visit(day(period_end), day(opens_on), CALENDAR) == day(visit)


@pytest.mark.parametrize(
    ("period_end", "types"),
    [
        pytest.param("2026-05-31", ["monthly"], id="month"),
        pytest.param("2026-09-30", ["monthly", "quarterly"], id="quarter"),
        pytest.param("2026-06-30", ["monthly", "quarterly", "half_yearly"], id="half-year"),
        pytest.param("2026-12-31", ["monthly", "quarterly", "half_yearly", "annual"], id="year"),
    ],
)
def test_windows_ending(period_end, types):
    found = windows_ending(day(period_end), RULES, CALENDAR, DEFAULT)
    assert list(found) == types
    assert {window.opens_on for window in found.values()} == {day(period_end).replace(day=1)}


@pytest.mark.parametrize(
    ("opinion", "accepted"),
    [
        pytest.param("同意,请核实6月订单下降的原因", True, id="LOG-2 says something"),
        pytest.param("已阅", False, id="LOG-2 seen"),
        pytest.param("请核实原因", False, id="LOG-2 under ten characters"),
        pytest.param("已阅。已阅。已阅。已阅。", False, id="LOG-2 seen, again and again"),
    ],
)
def test_is_review_opinion(opinion, accepted):
    assert is_review_opinion(opinion) is accepted
