"""The clock: one place asks the machine, and a past can be told again."""

import datetime as dt

from core import clock


def test_a_told_past_ends_with_its_block():
    real = clock.now()
    with clock.telling(dt.date(2026, 3, 2), 9 * 60 + 30):
        assert clock.now() == dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)
        assert clock.today() == dt.date(2026, 3, 2)
    assert clock.now() >= real


def test_today_is_the_date_at_the_bank():
    with clock.telling(dt.date(2026, 3, 2), 0):
        assert clock.now().date() == dt.date(2026, 3, 1)
        assert clock.today() == dt.date(2026, 3, 2)
