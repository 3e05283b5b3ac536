"""Reminders: stages, one digest a working day, escalation (rule book 1.0, product choice)."""

import datetime as dt
from typing import Any

import pytest

from core.daily import StepResult
from duties.daily import raise_escalations, raise_reminders
from duties.models import Digest, Duty, Reminder
from duties.selectors import rules_in_force
from org.models import RoleHolder, User
from tests.builders import build_context, day
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def owe(owner: User, due: str, *, opens: str = "2026-05-01", **fields: Any) -> Duty:
    rule = rules_in_force(day(due))["FIRST_INSPECTION"]
    return Duty.objects.create(
        code=rule.code,
        clause=rule.clause,
        subject_type="loan",
        subject_no=f"L{Duty.objects.count()}",
        period_key=due,
        branch=owner.branch,
        owner=owner,
        anchor_on=day(opens),
        opens_on=day(opens),
        due_on=day(due),
        **fields,
    )


def close(on: str) -> StepResult:
    """Reminders raised by the run that closes a date, for the working day after it."""
    eve = day(on)
    context = build_context(on, previous=(eve - dt.timedelta(days=1)).isoformat(), started="2026-01-01")
    above, own = raise_escalations(context), raise_reminders(context)
    return StepResult({**above.counts, **own.counts}, own.notes)


def digests() -> dict[str, dict[str, int]]:
    return {
        str(d): {name: n for name, n in counts.items() if n}
        for d, counts in Digest.objects.exclude(counts={})
        .order_by("business_date")
        .values_list("business_date", "counts")
    }


def test_stages_count_working_days_and_speak_once(cast: Cast) -> None:
    owe(cast.rm_a, "2026-06-12")  # a Friday
    for offset in range(40):
        close((day("2026-06-01") + dt.timedelta(days=offset)).isoformat())
    assert digests() == {
        "2026-06-09": {"soon": 1},
        "2026-06-12": {"today": 1},
        "2026-06-15": {"overdue": 1},
        "2026-06-17": {"escalated_supervisor": 1},
        # 19 June 2026 is the Dragon Boat holiday: the tenth working day is the 29th.
        "2026-06-29": {"escalated_head": 1},
    }
    assert list(Reminder.objects.order_by("raised_on").values_list("stage", "recipient", "raised_on")) == [
        ("escalated_supervisor", cast.supervisor_a.pk, day("2026-06-17")),
        ("escalated_head", cast.head_b1.pk, day("2026-06-29")),
    ]


def test_no_digest_on_a_day_off(cast: Cast) -> None:
    owe(cast.rm_a, "2026-06-12")
    close("2026-06-12")
    assert Digest.objects.count() == 0


def test_missed_weekend_of_runs_loses_nothing(cast: Cast) -> None:
    owe(cast.rm_a, "2026-06-13")  # due on a Saturday
    close("2026-06-14")
    assert digests() == {"2026-06-15": {"overdue": 1}}


def test_duty_opened_late_is_told_at_once(cast: Cast) -> None:
    owe(cast.rm_a, "2026-06-11", opens="2026-06-10")
    close("2026-06-10")
    assert digests() == {"2026-06-11": {"today": 1}}


def test_closed_duties_are_left_alone(cast: Cast) -> None:
    owe(cast.rm_a, "2026-06-12", state="done", closed_on=day("2026-06-01"), done_on=day("2026-06-01"))
    close("2026-06-11")
    assert Digest.objects.count() == 0


def test_second_run_writes_nothing(cast: Cast) -> None:
    owe(cast.rm_a, "2026-06-09")
    assert close("2026-06-11").counts == {"digests": 2, "escalated_supervisor": 1}
    assert close("2026-06-11").counts == {}


def test_whoever_stands_above_has_the_escalations_in_one_digest(cast: Cast) -> None:
    """Own duties and those of others are one message; who has only others' gets one, too."""
    owe(cast.rm_a, "2026-06-09")
    owe(cast.rm_a, "2026-06-09")
    owe(cast.supervisor_a, "2026-06-12")
    owe(cast.rm_a, "2026-05-29")
    close("2026-06-11")
    told = Digest.objects.filter(business_date=day("2026-06-12"))
    assert {d.recipient: (d.escalated, d.counts.get("today", 0)) for d in told} == {
        cast.rm_a: (0, 0),
        cast.supervisor_a: (2, 1),
        cast.head_b1: (1, 0),
    }
    assert set(told.values_list("email_state", flat=True)) == {"pending"}


def test_vacant_role_is_told(cast: Cast) -> None:
    RoleHolder.objects.filter(role__in=["post_loan_officer", "auditor"]).update(is_substitute=True)
    holders = RoleHolder.objects.filter(role="post_loan_officer").count()
    assert any(
        note.startswith(f"post_loan_officer: nobody in {holders}") for note in close("2026-06-11").notes
    )
