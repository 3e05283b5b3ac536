"""Every technical name that the operation pages show has words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from duties.daily import raise_reminders
from org.enums import Role
from org.models import RoleHolder
from postloan import words
from postloan.daily_run import STEPS
from tests.builders import build_context

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    *("core", "org", "duties", "documents", "approvals", "loans", "warnings_app", "inspections"),
    *("collections_app", "reports", "postloan"),
)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def audited() -> set[str]:
    """The dotted actions that stand as text in calls of the code."""
    return {
        argument.value
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and is_recording(call)
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and "." in argument.value
    }


def is_recording(call: ast.Call) -> bool:
    """``audit.record(...)`` and the helpers around it."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name in {"record", "_audit", "_changed", "_note", "_audit_delegation", "audit_act"}


def test_every_audited_act_has_words():
    assert audited() - words.ACTIONS.keys() == set()


@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_every_step_has_words(step):
    assert step in words.STEPS


def test_no_words_without_a_step():
    assert words.STEPS.keys() == {step.name for step in STEPS}


def test_counts_speak_the_duty_the_reason_or_the_stage():
    assert words.count("MATURITY_NOTICE") != "MATURITY_NOTICE"
    assert words.count("not_npl") != "not_npl"
    assert words.count("escalated_head") != "escalated_head"
    assert words.count("in play") == "in play"
    assert words.count("RATING_ANNUAL done").endswith(" · done")
    assert words.count("something new") == "something new"


def test_vacant_role_is_named_in_words(cast):
    RoleHolder.objects.filter(role="post_loan_officer").update(is_substitute=True)
    notes = raise_reminders(build_context("2026-06-11", previous="2026-06-10", started="2026-06-01")).notes
    told = [words.note(note) for note in notes]
    assert any(text.startswith(f"{Role.POST_LOAN_OFFICER.label}: ") for text in told)
    assert words.note("ghost: nobody in 3 branches, the supervisor stands in").startswith("ghost")
    assert words.note("anything else") == "anything else"


def test_unknown_names_are_shown_as_they_are():
    assert words.action("a.b") == "a.b"
    assert words.subject("thing") == "thing"
    assert words.step("x.y") == "x.y"
