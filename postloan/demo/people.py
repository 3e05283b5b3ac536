"""Names, numbers and addresses of made-up people and firms."""

from dataclasses import dataclass
from datetime import date
from random import Random

from postloan.demo.identity import credit_code, resident_id
from postloan.demo.words import words

BIRTH_YEARS = range(1962, 2001)


@dataclass(frozen=True)
class Person:
    """A natural person."""

    name: str
    id_no: str
    phone: str
    address: str


@dataclass(frozen=True)
class Firm:
    """A registered enterprise and who represents it."""

    name: str
    id_no: str
    industry: str
    representative: str
    phone: str
    address: str


def person_name(dice: Random, *, female: bool | None = None) -> str:
    """A surname and a given name."""
    people = words()["people"]
    female = dice.random() < 0.45 if female is None else female
    return dice.choice(people["surnames"]) + dice.choice(people["female" if female else "male"])


def person(town: str, dice: Random) -> Person:
    """A grown-up who lives in the town."""
    female = dice.random() < 0.45
    born_on = date(dice.choice(BIRTH_YEARS), dice.randint(1, 12), dice.randint(1, 28))
    id_no = resident_id(words()["towns"]["region"][town], born_on, female=female, dice=dice)
    return Person(person_name(dice, female=female), id_no, mobile(dice), address("flat", town, dice))


def firm(town: str, dice: Random, *, small: bool) -> Firm:
    """An enterprise of one of the trades, seated in the town."""
    companies = words()["companies"]
    industry, trade, small_trade = dice.choice(companies["trades"])
    brand = dice.choice(companies["first"]) + dice.choice(companies["second"])
    form = companies["stock"] if not small and dice.random() < 0.2 else companies["large"]
    return Firm(
        name=f"{town}{brand}{small_trade if small else trade}{form}",
        id_no=credit_code(words()["towns"]["region"][town], dice),
        industry=industry,
        representative=person_name(dice),
        phone=f"{words()['towns']['area_code'][town]}-{dice.randint(2_000_000, 8_999_999)}",
        address=address("park" if dice.random() < 0.6 else "house", town, dice),
    )


def mobile(dice: Random) -> str:
    """A mobile number of a range that is not assigned."""
    return f"120{dice.randrange(10**8):08d}"


def address(kind: str, town: str, dice: Random) -> str:
    """A postal address in the town: of a house, a flat or a business park."""
    lists = words()["addresses"]
    return lists[kind].format(
        town=town,
        district=dice.choice(words()["towns"]["districts"][town]),
        road=dice.choice(lists["roads"]),
        park=dice.choice(lists["parks"]),
        estate=dice.choice(lists["estates"]),
        number=dice.randint(1, 399),
        block=dice.randint(1, 28),
        flat=f"{dice.randint(1, 18)}0{dice.randint(1, 4)}",
    )
