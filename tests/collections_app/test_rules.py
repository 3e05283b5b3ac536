"""Notices, dunning and the dates that end claims (RPY, INT, NPL-1, Civil Code 188, 189, 692)."""

from dataclasses import replace

import pytest

from collections_app.rules import (
    NoticeReadings,
    guarantee_expiry,
    interest_dunning,
    interest_reminder,
    limitation_expiry,
    maturity_dunning,
    maturity_notice,
    notice_tasks,
    npl_collection_months,
)
from tests.handbook import CALENDAR, RULES, day

DEFAULT = NoticeReadings()
SHIFTED = replace(DEFAULT, due_on_non_workday="next_workday")
STAYS = replace(DEFAULT, paid_before_dunning_deadline="stays")


@pytest.mark.parametrize(
    ("maturity", "readings", "send_by"),
    [
        pytest.param("2026-03-31", DEFAULT, "2026-02-28", id="RPY-1 2.9 missing 31"),
        pytest.param("2026-03-20", DEFAULT, "2026-02-14", id="RPY-1 2.9 back from a holiday"),
        pytest.param("2026-02-18", SHIFTED, "2026-01-23", id="reading due_on_non_workday"),
    ],
)
def test_maturity_notice(maturity, readings, send_by):
    assert maturity_notice(day(maturity), RULES, CALENDAR, readings) == day(send_by)


def test_maturity_notice_of_a_loan_under_a_month_goes_out_at_disbursement():
    sent = maturity_notice(day("2026-03-20"), RULES, CALENDAR, DEFAULT, disbursed_on=day("2026-03-02"))
    assert sent == day("2026-03-02")


def test_scenario_2_unpaid_maturity_with_guarantor():
    dunning = maturity_dunning(day("2026-03-20"), None, ["G2", "G1"], RULES, CALENDAR, DEFAULT)
    assert dunning.deadline == day("2026-04-03")
    assert dunning.letters == [
        ("dunning", "borrower"), ("guarantee_performance", "G1"), ("guarantee_performance", "G2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("paid", "readings", "is_owed"),
    [
        pytest.param(None, DEFAULT, True, id="RPY-5 unpaid"),
        pytest.param("2026-03-20", DEFAULT, False, id="RPY-5 paid on the day"),
        pytest.param("2026-04-03", DEFAULT, False, id="paid by the deadline lapses"),
        pytest.param("2026-04-04", DEFAULT, True, id="paid after the deadline was owed"),
        pytest.param("2026-03-20", STAYS, False, id="stays: paid on the day"),
        pytest.param("2026-03-21", STAYS, True, id="stays: paid late"),
    ],
)
def test_maturity_dunning_after_payment(paid, readings, is_owed):
    dunning = maturity_dunning(day("2026-03-20"), paid and day(paid), [], RULES, CALENDAR, readings)
    assert dunning.letters == ([("dunning", "borrower")] if is_owed else [])
    assert (dunning.deadline is not None) == is_owed


@pytest.mark.parametrize(
    ("on", "remind_on", "dun_by"),
    [
        pytest.param("2026-06-21", "2026-06-05", "2026-06-26", id="INT-1/3 2.9 holiday Sunday"),
        pytest.param("2026-09-21", "2026-09-08", "2026-09-29", id="INT-1/3 before National Day"),
    ],
)
def test_interest_dates(on, remind_on, dun_by):
    assert interest_reminder(day(on), RULES, CALENDAR, DEFAULT) == day(remind_on)
    assert interest_dunning(day(on), None, RULES, CALENDAR, DEFAULT) == day(dun_by)
    assert interest_dunning(day(on), day(dun_by), RULES, CALENDAR, DEFAULT) is None


def test_shifted_due_date_excuses_payment_on_the_working_day():
    stays = replace(STAYS, due_on_non_workday="next_workday")
    assert interest_dunning(day("2026-06-21"), day("2026-06-22"), RULES, CALENDAR, stays) is None
    assert interest_dunning(day("2026-06-21"), day("2026-06-23"), RULES, CALENDAR, stays) == day("2026-06-29")


def test_notice_tasks_leave_out_what_was_paid():
    tasks = notice_tasks(
        day("2026-03-20"),
        day("2026-03-20"),
        ["G1"],
        [(day("2026-03-20"), None)],
        RULES,
        CALENDAR,
        DEFAULT,
    )
    assert [(str(task.on), task.task) for task in tasks] == [
        ("2026-02-14", "maturity_notice"),
        ("2026-03-06", "interest_reminder"),
        ("2026-03-20", "interest_day_check"),
        ("2026-03-20", "maturity_day_check"),
        ("2026-03-27", "interest_dunning"),
    ]


@pytest.mark.parametrize(
    ("ended_on", "collections", "missing"),
    [
        pytest.param(None, [], ["2026-02", "2026-03", "2026-04"], id="NPL-1 from the month it became so"),
        pytest.param(None, ["2026-03-31"], ["2026-02", "2026-04"], id="NPL-1 once a month is enough"),
        pytest.param("2026-04-30", [], ["2026-02", "2026-03"], id="NPL-1 gone at the month's end"),
    ],
)
def test_npl_collection_months(ended_on, collections, missing):
    months = npl_collection_months(
        [(day("2026-02-28"), "substandard")],
        ended_on and day(ended_on),
        [day(on) for on in collections],
        day("2026-01-01"),
        day("2026-04-01"),
    )
    assert [month.key for month in months] == missing


@pytest.mark.parametrize(
    ("due", "agreed", "expiry"),
    [
        pytest.param("2026-03-20", None, "2026-09-20", id="Civil Code 692 six months, a Sunday stands"),
        pytest.param("2026-08-31", None, "2027-02-28", id="Civil Code 692 clipped"),
        pytest.param("2026-03-20", "2028-03-19", "2028-03-19", id="Civil Code 692 as agreed"),
    ],
)
def test_guarantee_expiry(due, agreed, expiry):
    assert guarantee_expiry(day(due), agreed and day(agreed), RULES, CALENDAR) == day(expiry)


@pytest.mark.parametrize(
    ("starts_on", "expiry"),
    [
        pytest.param("2023-03-20", "2026-03-20", id="Civil Code 188 three years"),
        pytest.param("2023-06-19", "2026-06-22", id="Civil Code 203 holiday rolls on"),
        pytest.param("2024-02-29", "2027-03-01", id="Civil Code 188 leap day, then a Sunday"),
    ],
)
def test_limitation_expiry(starts_on, expiry):
    assert limitation_expiry(day(starts_on), RULES, CALENDAR) == day(expiry)
