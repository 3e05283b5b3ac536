"""Fixtures of the loans' tests."""

import pytest

from tests.loans.delivering import Parcel


@pytest.fixture
def admin(cast, client):
    """The administrator at the desk, reading English."""
    client.cookies["django_language"] = "en"
    client.force_login(cast.admin)
    return cast.admin


@pytest.fixture
def good(tmp_path) -> bytes:
    """A delivery that is fine."""
    return Parcel.standard().zip(tmp_path).read_bytes()


@pytest.fixture
def bad(tmp_path) -> bytes:
    """A delivery with one row that names a loan that nobody knows, and a formula."""
    parcel = Parcel.standard()
    first = parcel.tables["repayments.csv"][0]
    parcel.add("repayments.csv", first, repayment_no="=cmd()|A1", loan_no="L-NONE")
    return parcel.zip(tmp_path).read_bytes()
