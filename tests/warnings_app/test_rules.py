"""Major events: deadline, order of signatures, filings (EVT-1)."""

import pytest

from tests.handbook import CALENDAR, RULES, day
from warnings_app.rules import major_event


def event(submitted="2026-10-08", signed=(), filed=(None, None), as_of="2026-10-20"):
    return major_event(
        day("2026-09-30"),
        submitted and day(submitted),
        {level: day(on) for level, on in signed},
        [on and day(on) for on in filed],
        day(as_of),
        RULES,
        CALENDAR,
    )


SIGNED = [(1, "2026-10-08"), (2, "2026-10-09"), (3, "2026-10-09")]


def test_due_scenario_13():
    assert event().due == day("2026-10-08")


@pytest.mark.parametrize(
    ("facts", "is_complete", "violations"),
    [
        pytest.param({}, False, [], id="in time, waiting for signatures"),
        pytest.param({"signed": SIGNED, "filed": ("2026-10-09", "2026-10-10")}, True, [], id="all in order"),
        pytest.param({"submitted": "2026-10-09"}, False, ["SUBMIT_LATE"], id="submitted a day late"),
        pytest.param({"submitted": None, "as_of": "2026-10-08"}, False, [], id="still time"),
        pytest.param({"submitted": None, "as_of": "2026-10-09"}, False, ["SUBMIT_LATE"], id="not submitted"),
        pytest.param({"signed": [(1, "2026-10-07")]}, False, ["SIGNOFF_BEFORE_SUBMIT"], id="signed too soon"),
        pytest.param({"signed": [(2, "2026-10-08")]}, False, ["SIGNOFF_ORDER"], id="first level missing"),
        pytest.param(
            {"signed": [(1, "2026-10-09"), (2, "2026-10-08")]},
            False,
            ["SIGNOFF_ORDER"],
            id="second before first",
        ),
        pytest.param(
            {"signed": SIGNED, "filed": ("2026-10-08", None)},
            True,
            ["FILED_BEFORE_SIGNOFF"],
            id="filed too soon",
        ),
        pytest.param({"filed": ("2026-10-09", None)}, False, ["FILED_BEFORE_SIGNOFF"], id="filed unsigned"),
    ],
)
def test_violations(facts, is_complete, violations):
    found = event(**facts)
    assert (found.signoffs_complete, found.violations) == (is_complete, violations)
