"""The demo bank's branch tree and staff."""

import csv
from collections import Counter
from dataclasses import dataclass
from functools import cache

from postloan.demo.book import Row
from postloan.demo.people import person_name
from postloan.demo.words import FOLDER, dice, words


@dataclass(frozen=True)
class Employee:
    """A member of staff; `user` is the employee number they log in with."""

    user: str
    name: str
    branch_no: str
    roles: str


@cache
def staff() -> tuple[Employee, ...]:
    """Everybody who works at the bank, in the order of data/staff.csv."""
    with (FOLDER / "staff.csv").open(encoding="utf-8") as file:
        posts = [
            (row["user"], row["role"], no) for row in csv.DictReader(file) for no in row["branches"].split()
        ]
    number: Counter[str] = Counter()
    people, stream = [], dice("staff")
    for user, roles, branch_no in posts:
        number[user] += 1
        people.append(Employee(f"{user}{number[user]:02d}", person_name(stream), branch_no, roles))
    return tuple(people)


def officers() -> list[Employee]:
    """The relationship managers."""
    return [employee for employee in staff() if employee.roles == "relationship_manager"]


def town_of(branch_no: str) -> str:
    """The town in which a branch is seated."""
    return next(b["town"] for b in words()["branches"] if b["no"] == branch_no)


def branch_rows() -> list[Row]:
    """Rows of branches.csv, parents first."""
    return [
        {"branch_no": b["no"], "name": b["name"], "level": b["level"], "parent_no": b.get("parent")}
        for b in words()["branches"]
    ]


def staff_rows() -> list[Row]:
    """Rows of staff.csv."""
    mail = words()["bank"]["mail"]
    return [
        {
            "employee_no": e.user,
            "name": e.name,
            "branch_no": e.branch_no,
            "role": e.roles,
            "email": f"{e.user}@{mail}",
        }
        for e in staff()
    ]
