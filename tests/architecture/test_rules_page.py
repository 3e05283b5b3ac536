"""docs/rules.md says what the rows and the readings say."""

import re
from pathlib import Path

import pytest

from loans.models import FloorRule
from postloan.vectors.policy import known_readings

PAGE = (Path(__file__).resolve().parents[2] / "docs/rules.md").read_text(encoding="utf-8")
CODE = re.compile(r"`([a-zA-Z_]+)`")


def prose() -> str:
    """The page without the tables that the script writes."""
    return re.sub(r"<!-- (\w+): .*?<!-- /\1 -->", "", PAGE, flags=re.DOTALL)


def test_tables_are_current(rules_page):
    assert rules_page.current(PAGE, rules_page.catalogue()) == PAGE


def test_page_without_marks_is_refused(rules_page):
    with pytest.raises(ValueError, match="marks of rules"):
        rules_page.replaced("# Rules\n", "rules", "")


def test_every_deadline_says_what_opens_it(rules_page):
    told = set(CODE.findall(prose()))
    assert [rule["code"] for rule in rules_page.rules() if rule["code"] not in told] == []


def test_every_reading_says_what_it_decides():
    told = set(CODE.findall(prose()))
    assert sorted(known_readings().keys() - told) == []


@pytest.mark.django_db
def test_every_floor_is_listed():
    rows = FloorRule.objects.values_list("min_dpd", "classification")
    assert rows
    assert [row for row in rows if "| {} | `{}` |".format(*row) not in PAGE] == []
