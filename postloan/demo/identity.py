"""Numbers of made-up firms and people with right check digits and a region that does not exist."""

from datetime import date
from random import Random

from loans.rules.identity import CREDIT_ALPHABET, is_credit_code, is_resident_id

ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_code(region: str, dice: Random) -> str:
    """A unified social credit code (GB 32100-2015) of an enterprise in a region of six digits."""
    organisation = "MA" + "".join(dice.choices(CREDIT_ALPHABET, k=6))
    body = f"91{region}{organisation}{_organisation_check(organisation)}"
    return next(body + check for check in CREDIT_ALPHABET if is_credit_code(body + check))


def resident_id(region: str, born_on: date, *, female: bool, dice: Random) -> str:
    """A resident ID number (GB 11643-1999) of a person born in a region of six digits."""
    serial = dice.randrange(1, 499) * 2 + (not female)
    body = f"{region}{born_on:%Y%m%d}{serial:03d}"
    return next(body + check for check in "0123456789X" if is_resident_id(body + check))


def _organisation_check(organisation: str) -> str:
    """The check character of the organisation code inside the credit code (GB 11714-1997)."""
    values = (int(c, 36) for c in organisation)
    return "0123456789X0"[11 - sum(w * v for w, v in zip(ORGANISATION_WEIGHTS, values, strict=True)) % 11]
