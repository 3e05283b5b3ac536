"""The door: login, lock-out, logout, own password."""

import pytest
from django.urls import reverse

from core.models import AuditEvent
from org.models import User

PASSWORD = "a-long-pass-phrase-9"


@pytest.fixture
def person(cast) -> User:
    cast.rm_a.set_password(PASSWORD)
    cast.rm_a.save()
    return cast.rm_a


def log_in(client, password=PASSWORD, **extra):
    return client.post(reverse("org:login"), {"username": "E001", "password": password, **extra})


def test_the_right_password_opens_the_workbench(person, client):
    response = log_in(client)
    assert (response.status_code, response["Location"]) == (302, reverse("reports:workbench"))
    assert AuditEvent.objects.filter(action="user.logged_in", actor_no="E001").exists()


def test_the_language_follows_the_person(person, client):
    User.objects.filter(pk=person.pk).update(language="en")
    assert log_in(client).cookies["django_language"].value == "en"


def test_a_wrong_password_keeps_the_name_and_says_so(person, client):
    response = log_in(client, "wrong")
    assert response.status_code == 200
    assert b'value="E001"' in response.content
    assert not AuditEvent.objects.filter(action="user.logged_in").exists()


def test_five_wrong_passwords_lock_the_account(person, client):
    for _ in range(5):
        response = log_in(client, "wrong")
    assert response.status_code == 429
    assert log_in(client).status_code == 429
    assert AuditEvent.objects.filter(action="user.locked_out", subject_no="E001").exists()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_login_leads_nowhere_else(person, client, target):
    assert log_in(client, next=target)["Location"] == reverse("reports:workbench")


def test_a_leaver_cannot_log_in(person, client):
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert log_in(client).status_code == 200


def test_a_leavers_session_ends(person, client):
    client.force_login(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get(reverse("org:password")).status_code == 302


def test_somebody_without_a_password_cannot_log_in(cast, client):
    for password in ("", "!", "None"):
        assert log_in(client, password).status_code in (200, 429)
    assert not AuditEvent.objects.filter(action="user.logged_in").exists()


def test_logout_needs_a_form(person, client):
    client.force_login(person)
    assert client.get(reverse("org:logout")).status_code == 405
    assert client.post(reverse("org:logout")).status_code == 302
    assert AuditEvent.objects.filter(action="user.logged_out").exists()


def test_the_own_password_is_changed(person, client):
    client.force_login(person)
    new = "another-pass-phrase-8"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post(reverse("org:password"), data).status_code == 302
    person.refresh_from_db()
    assert person.check_password(new)
    assert AuditEvent.objects.filter(action="user.password_changed").exists()


def test_a_weak_password_is_refused(person, client):
    client.force_login(person)
    data = {"old_password": PASSWORD, "new_password1": "12345", "new_password2": "12345"}
    assert client.post(reverse("org:password"), data).status_code == 200
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
