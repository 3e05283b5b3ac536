"""Database functions say what the pure functions say, on either database."""

from datetime import date, timedelta

import pytest
from django.db.models import Q

from core.functions import AddMonths, JoinedText
from core.models import BusinessDay
from core.periods import add_months

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("months", [1, 3, 6, 12])
def test_add_months_clips_at_the_months_end(months: int) -> None:
    days = [date(2023, 12, 20) + timedelta(days=n) for n in range(450)]
    rows = BusinessDay.objects.filter(date__in=days).annotate(later=AddMonths("date", months))
    found = dict(rows.values_list("date", "later"))
    assert found == {day: add_months(day, months) for day in days}


def test_joined_text_takes_the_rows_that_the_filter_lets_through() -> None:
    days = BusinessDay.objects.filter(date__range=("2026-06-01", "2026-06-03"))
    workdays = JoinedText("date", filter=Q(date__lt="2026-06-03"))
    joined = days.order_by().values("is_workday").annotate(days=workdays).get()["days"]
    assert sorted(joined.split(";")) == ["2026-06-01", "2026-06-02"]
