"""Every duty explains itself, in words of the handbook."""

import datetime as dt

import pytest
from django.utils import translation

from duties import handbook
from duties.explanation import explain
from duties.models import Duty, DutyRule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def duty(**explanation):
    return Duty(
        clause=explanation.get("clause", "INS-3"),
        anchor_on=dt.date(2026, 6, 30),
        due_on=dt.date(2026, 7, 21),
        explanation=explanation,
    )


def test_every_published_rule_has_its_title_clause_and_anchor_in_the_handbook():
    for rule in DutyRule.objects.all():
        assert handbook.title(rule.code) == rule.title, rule.code
        assert handbook.clause_text(rule.clause), rule.clause
        assert rule.anchor in handbook.ANCHORS, rule.anchor


def test_every_code_is_in_exactly_one_group():
    grouped = [code for _title, codes in handbook.GROUPS.values() for code in codes]
    assert sorted(grouped) == sorted(handbook.TITLES)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            {"anchor": "half_year_end", "offset": 15, "unit": "workday", "roll": "keep"},
            "15 working days after the end of the half-year (2026-06-30)",
        ),
        (
            {"anchor": "maturity", "offset": -1, "unit": "month", "roll": "previous"},
            "1 month before the maturity date (2026-06-30); on a day off, the working day before",
        ),
        (
            {"anchor": "interest_due", "offset": 0, "unit": "calendar_day", "roll": "keep"},
            "On the interest date (2026-06-30)",
        ),
        ({"offset": "?", "unit": "parsec"}, "On the anchor date (2026-06-30)"),
    ],
)
def test_counting_reads_as_a_sentence(rule, words):
    assert explain(duty(**rule)).counting == words


def test_inputs_become_facts_with_labels_dates_and_words():
    facts = explain(
        duty(
            clause="INS-3",
            anchor="quarter_end",
            offset=15,
            unit="workday",
            roll="keep",
            regime="key",
            matures_on="2026-12-31",
            covered=["L1", "L2"],
            nothing=None,
            loans_by_reason={"INS-8": ["L3"]},
            yes=True,
        )
    ).facts
    assert {fact.label: fact.value for fact in facts} == {
        "regime": "Key",
        "matures on": dt.date(2026, 12, 31),
        "covered": "L1, L2",
        "loans by reason": "INS-8: L3",
        "yes": "yes",
    }


def test_a_code_of_the_back_office_shows_its_own_title():
    assert handbook.title("OWN_RULE", "Count the vault") == "Count the vault"
    assert handbook.title("OWN_RULE") == "OWN_RULE"


def test_a_signature_says_what_and_at_which_level():
    assert handbook.title("SIGN_DUTY_WAIVER_1") == "Sign: Waiver of a duty, level 1"


def test_group_nobody_knows_has_no_codes():
    assert handbook.group_codes("nonsense") == ()
