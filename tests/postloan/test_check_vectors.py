"""The published vectors through the command, on the rows that the migrations seed (contracts 1 and 4)."""

import json
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from duties.models import DutyRule
from duties.rules import ROLL_READINGS
from inspections.rules import InspectionReadings, inspection_plan
from postloan.management.commands.check_vectors import policy_in_force
from postloan.vectors import load_cases
from postloan.vectors.adapters import ADAPTERS, inspected_loan
from postloan.vectors.policy import known_readings
from tests.handbook import CALENDAR, RULES, VECTORS, day

CASES = load_cases(VECTORS)
PLANS = [case for case in CASES if case["rule"] == "inspection_plan"]
READINGS = sorted({name for case in CASES for name in case.get("alternatives", {})})


def check(folder, **options):
    """The lines printed and the exit code."""
    out = StringIO()
    code = 0
    try:
        call_command("check_vectors", folder, stdout=out, **options)
    except SystemExit as exit_:
        code = exit_.code
    return out.getvalue().splitlines(), code


def case_of(rule):
    return next(case for case in CASES if case["rule"] == rule)


def write(folder, *cases):
    (folder / "some.json").write_text(json.dumps(cases), encoding="utf-8")
    return folder


def test_every_rule_of_the_vectors_has_an_adapter():
    assert {case["rule"] for case in CASES} == set(ADAPTERS)


@pytest.mark.django_db
def test_every_vector_passes():
    assert check(VECTORS) == (["468 passed, 0 failed"], 0)


@pytest.mark.django_db
@pytest.mark.parametrize("reading", READINGS)
def test_every_vector_passes_under_a_reading(reading):
    assert check(VECTORS, reading=reading) == (["468 passed, 0 failed"], 0)


@pytest.mark.parametrize("case", PLANS, ids=[case["id"] for case in PLANS])
def test_reports_left_out_are_explained(case):
    i = case["input"]
    span = day(i["start"]), day(i["end"])
    plan = inspection_plan(inspected_loan(i), *span, RULES, CALENDAR, InspectionReadings())
    assert case["explain"]["no_report"] == [
        {"type": r.report_type, "period": r.period.key, "reason": r.exemption} for r in plan.exempt
    ]


@pytest.mark.django_db
def test_policy_in_force_is_the_handbook():
    policy = policy_in_force()
    assert policy.calendar == CALENDAR
    assert set(policy.rules) >= set(RULES)
    assert [step.min_dpd for step in policy.floors] == [1, 91, 271, 361]


@pytest.mark.django_db
def test_failure_shows_expected_and_got(tmp_path):
    wrong = {**case_of("interest_reminder"), "id": "wrong-1", "expected": {"remind_on": "2020-01-01"}}
    lines, code = check(write(tmp_path, wrong, case_of("is_workday")))
    got = json.dumps(case_of("interest_reminder")["expected"])
    assert lines == [
        "wrong-1 interest_reminder",
        '  expected {"remind_on": "2020-01-01"}',
        f"  got      {got}",
        "1 passed, 1 failed",
    ]
    assert code == 1


@pytest.mark.django_db
def test_published_deadlines_are_what_is_checked():
    DutyRule.objects.filter(code="DUN_INTEREST").update(offset=6)
    lines, code = check(VECTORS)
    assert code == 1
    assert {line.split()[1] for line in lines if line.startswith("interest_dunning")} == {"interest_dunning"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"rule": "astrology"}, id="unknown rule"),
        pytest.param({"input": {}}, id="missing input"),
        pytest.param({"input": {"date": "2026-02-30"}}, id="no such date"),
        pytest.param({"input": {"date": 7}}, id="wrong type"),
        pytest.param({"rule": "loan_status", "input": []}, id="no object"),
    ],
)
def test_case_that_makes_no_sense_fails_alone(tmp_path, odd):
    lines, code = check(write(tmp_path, {**case_of("is_workday"), **odd}, case_of("add_months")))
    assert (lines[-1], code) == ("1 passed, 1 failed", 1)


@pytest.mark.django_db
@pytest.mark.parametrize("reading", ["tea=green", "two_month_rule=never", "two_month_rule", "="])
def test_unknown_reading_is_refused(reading):
    with pytest.raises(CommandError, match="unknown reading"):
        check(VECTORS, reading=reading)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("x.txt", "[]", id="no vectors"),
        pytest.param("x.json", "{not json", id="no JSON"),
        pytest.param("x.json", '{"id": 1}', id="no list"),
        pytest.param("x.json", '[{"id": 1}]', id="no case"),
        pytest.param("x.json", "[]", id="no case in the list"),
    ],
)
def test_folder_without_vectors_is_refused(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(CommandError):
        check(tmp_path)


@pytest.mark.django_db
def test_missing_folder_is_refused(tmp_path):
    with pytest.raises(CommandError):
        check(tmp_path / "nowhere")


@pytest.mark.django_db
def test_one_file_is_enough(tmp_path):
    shutil.copy(VECTORS / "worklog.json", tmp_path)
    assert check(tmp_path) == (["18 passed, 0 failed"], 0)


def test_known_readings_cover_the_vectors():
    choices = {f"{name}={value}" for name, values in known_readings().items() for value in values}
    assert set(READINGS) <= choices
    assert set(ROLL_READINGS) <= set(known_readings())
