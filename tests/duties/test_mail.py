"""The digest e-mail: once, with retries, and never silently lost (lesson 21)."""

from typing import Any

import pytest
from django.core import mail
from django.test import override_settings

from duties.mail import send_digests
from duties.models import Digest
from org.models import User
from tests.builders import day
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TODAY = day("2026-06-11")


@pytest.fixture
def digest(cast: Cast) -> Digest:
    User.objects.filter(pk=cast.rm_a.pk).update(email="rm@example.com", language="en")
    return Digest.objects.create(recipient=cast.rm_a, business_date=TODAY, counts={"today": 2, "overdue": 1})


def test_digest_is_sent_once(digest: Digest) -> None:
    assert send_digests(TODAY) == {"sent": 1}
    assert send_digests(TODAY) == {}
    (message,) = mail.outbox
    assert message.to == ["rm@example.com"]
    assert "due today: 2" in message.body
    assert "newly overdue: 1" in message.body


def test_person_without_address_is_left_to_the_page(digest: Digest) -> None:
    User.objects.update(email="")
    assert send_digests(TODAY) == {"no_mail": 1}
    assert mail.outbox == []


@override_settings(EMAIL_BACKEND="tests.duties.test_mail.RefusingBackend")
def test_undeliverable_ends_as_failed_after_three_tries(digest: Digest) -> None:
    assert [send_digests(TODAY) for _ in range(4)] == [{"retry": 1}, {"retry": 1}, {"failed": 1}, {}]
    assert Digest.objects.get().email_state == "failed"


def test_old_digests_are_not_sent_late(digest: Digest) -> None:
    assert send_digests(day("2026-06-20")) == {}


class RefusingBackend:
    """A mail server that is away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def send_messages(self, messages: Any) -> int:
        raise OSError("connection refused")
