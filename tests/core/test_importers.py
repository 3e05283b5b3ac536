"""Calendar files: what is taken, and what is said about the rest."""

import datetime as dt

import pytest

from core.errors import ApplicationError
from core.importers import read_calendar

HEADER = "date,is_workday,name\n"


def read(text: str):
    return read_calendar(text.encode())


def faults(text: str) -> list[dict]:
    with pytest.raises(ApplicationError) as refusal:
        read(text)
    assert refusal.value.code == "calendar_file"
    return refusal.value.details["rows"]


def test_exceptions_are_completed_to_a_whole_year():
    days = read(HEADER + "2027-01-01,0,元旦\n2027-01-03,1,\n")
    assert len(days) == 365
    assert (days[0].is_workday, days[0].name) == (False, "元旦")
    assert days[2].is_workday  # a Sunday made up
    assert days[3].is_workday
    assert not days[8].is_workday  # a Saturday that the file does not name


def test_byte_order_mark_and_words_are_understood():
    days = read_calendar("\ufeffdate,is_workday\n2028-02-29,否\n".encode())
    assert len(days) == 366
    assert not days[59].is_workday


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("2027-13-01,1,\n", 2, "date"),
        ("1.1.2027,1,\n", 2, "date"),
        ("0001-01-01,1,\n", 2, "date"),
        ("9999-12-31,1,\n", 2, "date"),
        ("2027-01-01,maybe,\n", 2, "is_workday"),
        ("2027-01-01,1,\n2027-01-01,0,\n", 3, "date"),
        ("2027-01-01,1,\n2028-01-01,0,\n", 0, "date"),
        ("2027-01-01,1," + "x" * 61 + "\n", 2, "name"),
    ],
)
def test_every_fault_names_its_place(text, line, column):
    (fault,) = faults(HEADER + text)
    assert (fault["line"], fault["column"]) == (line, column)


@pytest.mark.parametrize("text", ["", HEADER, "day,open\n2027-01-01,1\n", "\0\0\0"])
def test_a_file_without_days_is_refused(text):
    faults(text)


@pytest.mark.parametrize("content", ["元旦".encode("gbk"), b"\xff\xfe\x00", b"x" * 300_000])
def test_a_file_of_another_kind_is_refused(content):
    with pytest.raises(ApplicationError):
        read_calendar(HEADER.encode() + content)


def test_many_faults_are_told_together():
    text = HEADER + "".join(f"2027-01-{day},1,\n" for day in range(32, 42))
    assert len(faults(text)) == 10


def test_the_year_2027_keeps_the_date_type():
    assert read(HEADER + "2027-05-01,0,劳动节\n")[120].date == dt.date(2027, 5, 1)
