"""The loan that most stories are about."""

import pytest

from loans.models import Loan
from tests.builders import build_borrower, build_loan
from tests.cast import Cast


@pytest.fixture
def loan(cast: Cast) -> Loan:
    """Quarterly interest on the 20th of March 2026, a Friday; maturity in 2028."""
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    return build_loan("L1", borrower, disbursed="2025-01-10", matures="2028-01-10")
