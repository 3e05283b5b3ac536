"""The master deadline table (domain rules 1.0) and the golden figures of 2.9 and 8."""

import re
from dataclasses import replace

import pytest

from duties.rules import ROLL_READINGS, deadline, is_late, opens_on, sla, with_roll
from tests.handbook import CALENDAR, RULES, day

MASTER_TABLE = """
LEDGER_EVENT LEDGER_YEAR_END LOG_ENTRY LOG_REVIEW LOG_MONTHLY_MIN GROUP_HALF_YEAR GROUP_EVENT RATING_ANNUAL
RATING_DYNAMIC RATING_QUARTERLY_REVIEW CLASSIFY_EVENT MATURITY_NOTICE MATURITY_CHECK DUN_PRINCIPAL
GUARANTOR_NOTICE INTEREST_REMINDER INTEREST_CHECK DUN_INTEREST NPL_DUN BREACH_REPORT COLLATERAL_CHECK
EVENT_REPORT FIRST_INSPECTION REPORT_MONTH REPORT_QUARTER REPORT_HALF REPORT_YEAR OVERALL_REPORT
SUPERVISION_VISIT
"""
CONTRACT_CODES = ["RESUBMIT", "FUND_POST_CHECK", "GUARANTEE_EXPIRY", "LIMITATION_EXPIRY"]


def test_seed_holds_every_rule_of_the_handbook():
    assert set(RULES) == {*MASTER_TABLE.split(), *CONTRACT_CODES}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_seed_row_is_sound(rule):
    assert rule.opens_before == 0 or rule.opens.endswith("before_due")
    assert re.fullmatch(r"[A-Z]{3}-\d+(/\d+)?|Civil Code [\d/]+", rule.clause)
    assert rule.title
    assert rule.owner_role


@pytest.mark.parametrize("odd", [{"unit": "week"}, {"roll": "back"}, {"opens": "never"}])
def test_rule_refuses_an_unknown_word(odd):
    with pytest.raises(ValueError, match="is none of"):
        replace(RULES["DUN_INTEREST"], **odd)


@pytest.mark.parametrize(
    ("code", "anchor", "due"),
    [
        pytest.param("LEDGER_EVENT", "2026-02-13", "2026-02-13", id="LED-1 same day"),
        pytest.param("LEDGER_YEAR_END", "2025-12-31", "2026-01-29", id="LED-3 +20 WD"),
        pytest.param("LOG_ENTRY", "2026-02-13", "2026-02-24", id="LOG-1 +2 WD, make-up Saturday is day 1"),
        pytest.param("LOG_REVIEW", "2026-09-29", "2026-10-08", id="LOG-2 +2 WD"),
        pytest.param("LOG_MONTHLY_MIN", "2026-05-31", "2026-05-31", id="LOG-3 month end"),
        pytest.param("GROUP_HALF_YEAR", "2026-06-30", "2026-07-21", id="GRP-2 +15 WD"),
        pytest.param("GROUP_EVENT", "2026-02-13", "2026-02-24", id="GRP-3 +2 WD"),
        pytest.param("RATING_ANNUAL", "2025-12-31", "2026-06-30", id="RAT-1 by 30 June"),
        pytest.param("RATING_DYNAMIC", "2026-09-15", "2026-10-12", id="RAT-2 +15 WD"),
        pytest.param("RATING_QUARTERLY_REVIEW", "2026-03-31", "2026-04-22", id="RAT-3 +15 WD"),
        pytest.param("CLASSIFY_EVENT", "2026-09-30", "2026-10-08", id="CLS-1 +1 WD"),
        pytest.param("MATURITY_NOTICE", "2026-03-31", "2026-02-28", id="RPY-1 missing 31 is month end"),
        pytest.param("MATURITY_NOTICE", "2026-03-20", "2026-02-14", id="RPY-1 holiday goes back"),
        pytest.param("MATURITY_CHECK", "2026-06-21", "2026-06-21", id="RPY-3 same day, even a holiday"),
        pytest.param("DUN_PRINCIPAL", "2026-02-13", "2026-03-05", id="RPY-5 +10 WD over the Spring Festival"),
        pytest.param("DUN_PRINCIPAL", "2026-09-30", "2026-10-20", id="RPY-5 +10 WD over National Day"),
        pytest.param("GUARANTOR_NOTICE", "2026-03-20", "2026-04-03", id="RPY-5 scenario 2"),
        pytest.param("INTEREST_REMINDER", "2026-06-21", "2026-06-05", id="INT-1 -10 WD from a holiday"),
        pytest.param("INTEREST_REMINDER", "2026-09-21", "2026-09-08", id="INT-1 -10 WD"),
        pytest.param("INTEREST_CHECK", "2026-06-21", "2026-06-21", id="INT-2 same day"),
        pytest.param("DUN_INTEREST", "2026-06-21", "2026-06-26", id="INT-3 +5 WD"),
        pytest.param("NPL_DUN", "2026-05-31", "2026-05-31", id="NPL-1 within the month"),
        pytest.param("BREACH_REPORT", "2026-03-20", "2026-03-23", id="BRC-1 first working day after"),
        pytest.param("COLLATERAL_CHECK", "2024-02-29", "2025-02-28", id="CLT-1 12 months"),
        pytest.param("EVENT_REPORT", "2026-09-30", "2026-10-08", id="EVT-1 scenario 13"),
        pytest.param("FIRST_INSPECTION", "2026-01-31", "2026-02-28", id="INS-1 scenario 1"),
        pytest.param("REPORT_MONTH", "2026-01-31", "2026-02-13", id="INS-5 +10 WD"),
        pytest.param("REPORT_MONTH", "2026-02-28", "2026-03-13", id="INS-5 +10 WD from a make-up Saturday"),
        pytest.param("REPORT_QUARTER", "2026-03-31", "2026-04-22", id="INS-3 Q1"),
        pytest.param("REPORT_QUARTER", "2026-06-30", "2026-07-21", id="INS-3 Q2"),
        pytest.param("REPORT_QUARTER", "2026-09-30", "2026-10-27", id="INS-3 Q3"),
        pytest.param("REPORT_HALF", "2025-12-31", "2026-01-22", id="INS-3 H2"),
        pytest.param("REPORT_YEAR", "2025-12-31", "2026-01-29", id="INS-4 +20 WD"),
        pytest.param("OVERALL_REPORT", "2026-03-31", "2026-04-22", id="OVR-1 +15 WD"),
        pytest.param("SUPERVISION_VISIT", "2025-12-31", "2026-12-31", id="SUP-6 within the year"),
        pytest.param("RESUBMIT", "2026-02-13", "2026-02-24", id="CAL-9 +2 WD"),
        pytest.param("FUND_POST_CHECK", "2026-01-31", "2026-02-13", id="FND-3 +10 WD"),
        pytest.param("GUARANTEE_EXPIRY", "2026-03-20", "2026-09-20", id="Civil Code 692 Sunday stands"),
        pytest.param("LIMITATION_EXPIRY", "2023-06-19", "2026-06-22", id="Civil Code 188 day off rolls on"),
    ],
)
def test_deadline(code, anchor, due):
    assert deadline(day(anchor), RULES[code], CALENDAR) == day(due)


@pytest.mark.parametrize(
    ("code", "anchor", "opens"),
    [
        pytest.param("REPORT_MONTH", "2026-05-31", "2026-05-01", id="report: first day of the month"),
        pytest.param("REPORT_HALF", "2026-06-30", "2026-06-01", id="report: first day of the last month"),
        pytest.param("REPORT_YEAR", "2026-12-31", "2026-12-01", id="annual report: 1 December"),
        pytest.param("MATURITY_NOTICE", "2026-03-20", "2026-02-09", id="notice: 5 WD before it is due"),
        pytest.param("INTEREST_REMINDER", "2026-06-21", "2026-05-29", id="reminder: 5 WD before it is due"),
        pytest.param("DUN_PRINCIPAL", "2026-03-20", "2026-03-20", id="rest: at the anchor"),
        pytest.param("NPL_DUN", "2026-05-31", "2026-05-01", id="monthly duty: first day of the month"),
    ],
)
def test_opens_on(code, anchor, opens):
    due = deadline(day(anchor), RULES[code], CALENDAR)
    assert opens_on(day(anchor), due, RULES[code], CALENDAR) == day(opens)


@pytest.mark.parametrize("code", RULES)
def test_duty_never_opens_after_it_is_due(code):
    for anchor in ("2026-06-30", "2026-02-28", "2025-12-31"):
        due = deadline(day(anchor), RULES[code], CALENDAR)
        assert opens_on(day(anchor), due, RULES[code], CALENDAR) <= due


@pytest.mark.parametrize(
    ("done", "as_of", "late"),
    [
        pytest.param(None, "2026-07-21", False, id="on the last day it is not late"),
        pytest.param(None, "2026-07-22", True, id="the day after"),
        pytest.param("2026-07-21", "2026-08-30", False, id="CAL-9 done in time"),
        pytest.param("2026-07-22", "2026-07-20", True, id="done late, even after the day asked about"),
    ],
)
def test_is_late(done, as_of, late):
    assert is_late(day("2026-07-21"), done and day(done), day(as_of)) == late


def test_sla_of_an_event_report():
    clock = sla(day("2026-09-30"), day("2026-10-09"), day("2026-10-09"), RULES["EVENT_REPORT"], CALENDAR)
    assert (clock.due, clock.late) == (day("2026-10-08"), True)


@pytest.mark.parametrize(
    ("choice", "due"),
    [("keep_date", "2026-02-20"), ("previous_workday", "2026-02-14"), ("next_workday", "2026-02-24")],
)
def test_with_roll_decides_the_open_point(choice, due):
    rules = with_roll(RULES, "maturity_notice_non_workday", choice)
    assert deadline(day("2026-03-20"), rules["MATURITY_NOTICE"], CALENDAR) == day(due)
    assert set(ROLL_READINGS.values()) <= set(rules)
