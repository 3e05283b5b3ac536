"""The demo bank's customers: firms, shopkeepers, households, and the groups that some firms belong to."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from postloan.demo.book import Row
from postloan.demo.organisation import Employee, officers, town_of
from postloan.demo.people import Firm, Person, firm, person
from postloan.demo.words import dice, words

SHARES = {"corporate": 0.37, "small_micro": 0.30, "personal_business": 0.19, "personal_consumption": 0.14}
GROUPS = 3


@dataclass
class Borrower:
    """A customer; `owner` is the person behind it: the borrower itself or the legal representative."""

    no: str
    segment: str
    who: Firm | Person
    officer: Employee
    industry: str
    group_no: str | None = None

    @property
    def is_firm(self) -> bool:
        return isinstance(self.who, Firm)

    @property
    def town(self) -> str:
        return town_of(self.officer.branch_no)

    def row(self, rating: str | None, rated_on: date | None) -> Row:
        """The row of borrowers.csv with the rating of the day."""
        return {
            "borrower_no": self.no,
            "name": self.who.name,
            "borrower_type": "corporate" if self.is_firm else "personal",
            "segment": self.segment,
            "id_no": self.who.id_no,
            "industry": self.industry,
            "registered_address": self.who.address,
            "legal_representative": self.who.representative if isinstance(self.who, Firm) else None,
            "phone": self.who.phone,
            "group_no": self.group_no,
            "branch_no": self.officer.branch_no,
            "officer_no": self.officer.user,
            "rating": rating,
            "rated_on": rated_on,
        }


def borrowers(count: int) -> dict[str, list[Borrower]]:
    """So many customers by segment, spread over the relationship managers; names are all different."""
    staff = officers()
    pools: dict[str, list[Borrower]] = {}
    taken: set[str] = set()
    for segment, share in SHARES.items():
        pools[segment] = [
            _borrower(segment, n, staff[n % len(staff)], taken) for n in range(round(count * share))
        ]
    _form_groups(pools["corporate"])
    return pools


def _borrower(segment: str, n: int, officer: Employee, taken: set[str]) -> Borrower:
    stream = dice("borrower", segment, n)
    town = town_of(officer.branch_no)
    is_firm = segment in ("corporate", "small_micro")
    while True:
        who = firm(town, stream, small=segment == "small_micro") if is_firm else person(town, stream)
        if who.name not in taken:
            break
    taken.add(who.name)
    letter = {"corporate": "C", "small_micro": "M", "personal_business": "B", "personal_consumption": "P"}
    return Borrower(f"{letter[segment]}{n + 1:05d}", segment, who, officer, _industry(segment, who, n))


def _industry(segment: str, who: Firm | Person, n: int) -> str:
    if isinstance(who, Firm):
        return who.industry
    if segment == "personal_business":
        return str(words()["companies"]["retail"])
    jobs = words()["companies"]["jobs"]
    return str(jobs[n % len(jobs)])


def _form_groups(firms: list[Borrower]) -> None:
    """Three firms of different branches make a group, led by the branch of the first."""
    by_branch: dict[str, list[Borrower]] = defaultdict(list)
    for borrower in firms:
        by_branch[borrower.officer.branch_no].append(borrower)
    branches = list(by_branch.values())
    for n in range(GROUPS):
        for members in branches[n::GROUPS]:
            if members:
                members[-1].group_no = f"G{n + 1:03d}"


def group_rows(firms: list[Borrower]) -> list[Row]:
    """Rows of groups.csv, each named after its first member."""
    groups: dict[str, Borrower] = {}
    for borrower in firms:
        if borrower.group_no:
            groups.setdefault(borrower.group_no, borrower)
    return [
        {"group_no": no, "name": _group_name(leader.who.name), "lead_branch_no": leader.officer.branch_no}
        for no, leader in sorted(groups.items())
    ]


def _group_name(name: str) -> str:
    """The town and the brand of a firm, as a group."""
    return name[:4] + str(words()["companies"]["group"])
