"""A test that flushes the database leaves the seeded rows to the next one."""

import pytest

from core.models import AuditChain, BusinessDay
from duties.models import DutyRule


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_seeded_rows_survive_a_flush(turn):
    assert AuditChain.objects.count() == 16
    assert BusinessDay.objects.count() > 8000
    assert DutyRule.objects.exists()
