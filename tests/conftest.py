"""Fixtures of every test: the seeded database, files and mail kept apart, the standing cast."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import TransactionTestCase, override_settings

from tests.cast import Cast, build_cast
from tests.database import end_other_sessions, seeds, without_triggers


@pytest.fixture(scope="session", autouse=True)
def kept_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Files go to a folder of this run, messages to memory, and passwords are hashed quickly."""
    from postloan.celery import app

    app.conf.update(broker_url="memory://", broker_transport_options={})
    with override_settings(
        MEDIA_ROOT=tmp_path_factory.mktemp("files"),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        seeds.remember()
    yield
    with django_db_blocker.unblock():
        end_other_sessions()


_flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]


def _flush_and_seed(case: TransactionTestCase) -> None:
    """A transactional test empties all tables; the next test finds the seeded rows all the same."""
    with without_triggers():
        _flush(case)
    seeds.restore()


TransactionTestCase._fixture_teardown = _flush_and_seed  # type: ignore[attr-defined]


@pytest.fixture
def cast(db: None) -> Cast:
    """The standing cast: a small branch tree and one person for every kind of access."""
    return build_cast()
