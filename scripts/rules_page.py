"""Writes the tables of docs/rules.md: the deadlines as a new installation has them, and the open readings.

    python scripts/rules_page.py          # write the tables; the text between them stays
    python scripts/rules_page.py check    # exit 1 when the page says something else than the sources

Sources: duties/data/duty_rules.csv, the compiled Chinese catalogue, and the readings dataclasses.
"""

from __future__ import annotations

import csv
import gettext
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from duties.rules import ROLL_CHOICES, ROLL_READINGS
from postloan.vectors.policy import known_readings

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/rules.md"
RULES = ROOT / "duties/data/duty_rules.csv"
MARK = "<!-- {0}: written by scripts/rules_page.py -->\n"
END = "<!-- /{0} -->"

UNITS = {"calendar_day": "calendar day", "workday": "working day", "month": "month"}
ROLLS = {"keep": "stays", "next": "next working day", "previous": "previous working day"}
OPENS = {
    "anchor": "at the anchor",
    "period_last_month": "1st of the period's last month",
    "workdays_before_due": "{n} working days before it is due",
    "calendar_days_before_due": "{n} calendar days before it is due",
}

Row = dict[str, str]


def rules() -> list[Row]:
    """The rows of the seed file, in its order."""
    with RULES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def words(name: str) -> str:
    """A code as it is said."""
    return name.replace("post_loan", "post-loan").replace("_", " ")


def deadline(rule: Row) -> str:
    """The offset in words."""
    offset = int(rule["offset"])
    if offset == 0:
        return "the same day"
    unit = UNITS[rule["unit"]] + ("s" if abs(offset) > 1 else "")
    return f"{abs(offset)} {unit} {'after' if offset > 0 else 'before'}"


def roll(rule: Row) -> str:
    """What happens on a day off; a deadline counted in working days never falls on one."""
    return "–" if rule["unit"] == "workday" else ROLLS[rule["roll"]]


def rules_table(chinese: gettext.NullTranslations) -> str:
    """One line for every deadline."""
    head = ("Code", "What", "Clause", "Subject", "Anchor", "Due", "On a day off", "Opens", "Owner")
    return table(
        head,
        (
            (
                f"`{rule['code']}`",
                f"{rule['title']}<br>{chinese.gettext(rule['title'])}",
                rule["clause"],
                words(rule["subject_type"]),
                words(rule["anchor"]),
                deadline(rule),
                roll(rule),
                OPENS[rule["opens"]].format(n=rule["opens_before"]),
                words(rule["owner_role"]),
            )
            for rule in rules()
        ),
    )


def readings() -> dict[str, tuple[str, ...]]:
    """Every reading with its choices, the default first."""
    rolls = {rule["code"]: rule["roll"] for rule in rules()}
    defaults = {
        name: next(choice for choice, row in ROLL_CHOICES.items() if row == rolls[code])
        for name, code in ROLL_READINGS.items()
    }
    return {
        name: tuple(sorted(choices, key=lambda choice: choice != defaults.get(name, choices[0])))
        for name, choices in sorted(known_readings().items())
    }


def readings_table() -> str:
    """One line for every reading."""
    head = ("Reading", "Default", "Alternatives")
    return table(
        head,
        (
            (f"`{name}`", f"`{default}`", ", ".join(f"`{choice}`" for choice in others))
            for name, (default, *others) in readings().items()
        ),
    )


def catalogue() -> gettext.NullTranslations:
    """The compiled Chinese texts; FileNotFoundError without them."""
    return gettext.translation("django", ROOT / "locale", ["zh_Hans"])


def replaced(page: str, name: str, content: str) -> str:
    """The page with what stands between the marks of a table exchanged; ValueError without the marks."""
    mark, end = MARK.format(name), END.format(name)
    if page.count(mark) != 1 or page.count(end) != 1:
        raise ValueError(f"{PAGE.name}: the marks of {name} are missing or stand twice")
    before, rest = page.split(mark)
    return f"{before}{mark}\n{content}\n{end}{rest.split(end)[1]}"


def current(page: str, chinese: gettext.NullTranslations) -> str:
    """The page as the sources want it."""
    return replaced(replaced(page, "rules", rules_table(chinese)), "readings", readings_table())


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    wanted = current(page, catalogue())
    if sys.argv[1:] == ["check"]:
        if page != wanted:
            print(f"{PAGE.relative_to(ROOT)} is not current: run python scripts/rules_page.py")
        return int(page != wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
