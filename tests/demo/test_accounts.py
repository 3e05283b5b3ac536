"""The demo's logins."""

import pytest
from django.contrib.auth.hashers import check_password

from core.models import AuditEvent
from org.models import User
from postloan.demo.accounts import open_accounts, table
from postloan.demo.organisation import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    """The demo's staff as an import leaves them: nobody can log in."""
    for employee in staff():
        User.objects.create_user(employee.user, None, name=employee.name)


def hashes():
    return dict(User.objects.values_list("employee_no", "password"))


def test_everybody_gets_the_password_that_is_kept_in_a_private_file(people, tmp_path):
    password = open_accounts(tmp_path)
    assert (tmp_path / "password.txt").read_text() == password
    assert (tmp_path / "password.txt").stat().st_mode & 0o077 == 0
    assert all(check_password(password, hashed) for hashed in set(hashes().values()))
    assert AuditEvent.objects.filter(action="demo.passwords_set").count() == 1


def test_the_next_start_changes_nothing_and_keeps_chosen_passwords(people, tmp_path):
    password = open_accounts(tmp_path)
    chooser = User.objects.get(employee_no="rm02")
    chooser.set_password("my own words 17")
    chooser.save()
    before = hashes()
    assert open_accounts(tmp_path) == password
    assert hashes() == before
    assert AuditEvent.objects.filter(action="demo.passwords_set").count() == 1


def test_the_table_lists_one_user_of_every_kind():
    lines = table()
    assert len(lines) == 1 + len({employee.user[:-2] for employee in staff()})
    assert any(line.startswith("audit01") for line in lines)
