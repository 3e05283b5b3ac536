"""The demo's logins: one password for everybody who works at the bank, printed and kept in a file."""

import secrets
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from org.enums import Role
from org.models import User
from postloan.demo.organisation import Employee, staff
from postloan.demo.words import words

PASSWORD_WORDS = ("river", "bridge", "harbour", "orchard", "lantern", "willow", "pebble", "meadow")


def open_accounts(folder: Path) -> str:
    """The password of all demo users; made at the first start, the same ever after.

    The file is readable by its owner alone. Users who chose another password keep it.
    """
    file = folder / "password.txt"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(_new_password())
    password = file.read_text().strip()
    _set_where_missing(password)
    return password


def _new_password() -> str:
    return "-".join(
        [*(secrets.choice(PASSWORD_WORDS) for _ in range(2)), str(secrets.randbelow(9000) + 1000)]
    )


@transaction.atomic
def _set_where_missing(password: str) -> None:
    """Everybody without a usable password gets this one; one slow hash serves for all."""
    users = User.objects.filter(employee_no__in=[employee.user for employee in staff()])
    known = list(users.values_list("employee_no", "password"))
    stored = {hashed for _no, hashed in known if not hashed.startswith("!")}
    mine = next((hashed for hashed in stored if check_password(password, hashed)), None)
    missing = [no for no, hashed in known if hashed.startswith("!") or not hashed]
    if missing:
        users.filter(employee_no__in=missing).update(password=mine or make_password(password))
        audit.record("demo.passwords_set", after={"users": len(missing)})


def table() -> list[str]:
    """Lines for the terminal: one user for each kind of post, with branch and roles."""
    branches = {branch["no"]: branch["name"] for branch in words()["branches"]}
    first: dict[str, Employee] = {}
    for employee in staff():
        first.setdefault(employee.user.rstrip("0123456789"), employee)
    rows = [(_("Log in as"), _("Person"), _("Office"), _("Post"))]
    for employee in first.values():
        roles = ", ".join(str(Role(role).label) for role in employee.roles.split(";"))
        rows.append((employee.user, employee.name, branches[employee.branch_no], roles))
    return _aligned(rows)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
