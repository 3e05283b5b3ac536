"""Numbers and words of the made-up people."""

from datetime import date
from pathlib import Path

import pytest

from loans.rules import is_credit_code, is_resident_id
from postloan.demo.identity import credit_code, resident_id
from postloan.demo.organisation import staff
from postloan.demo.portfolio import build
from postloan.demo.timeline import HORIZON
from postloan.demo.words import dice, words

FONT = Path("documents/fonts/NotoSansSC-Regular.gb2312.otf")


def test_credit_codes_are_valid_and_of_a_region_that_does_not_exist():
    codes = [credit_code("990102", dice("test", n)) for n in range(200)]
    assert all(is_credit_code(code) and code.startswith("91990102") for code in codes)
    assert len(set(codes)) == 200


@pytest.mark.parametrize("female", [True, False])
def test_resident_ids_carry_birthday_and_sex(female):
    number = resident_id("990203", date(1984, 2, 29), female=female, dice=dice("test"))
    assert is_resident_id(number)
    assert number[6:14] == "19840229"
    assert int(number[16]) % 2 == (not female)


def test_staff_holds_every_role_in_known_branches():
    from org.enums import Role

    held = {role for employee in staff() for role in employee.roles.split(";")}
    assert held == set(Role.values)
    assert {employee.branch_no for employee in staff()} == {branch["no"] for branch in words()["branches"]}
    assert len({employee.user for employee in staff()}) == len(staff())


def test_the_shipped_font_has_every_character_of_the_demo(settings):
    from fontTools.ttLib import TTFont

    known = TTFont(settings.BASE_DIR / FONT).getBestCmap()
    files = build().delivery(None, HORIZON).values()
    cells = {str(cell) for rows in files for row in rows for cell in row.values()}
    assert {c for cell in cells for c in cell if ord(c) not in known} == set()
