"""Check digits of the unified social credit code (GB 32100-2015) and the resident ID (GB 11643-1999)."""

from operator import mul

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_VALUES = {character: value for value, character in enumerate(CREDIT_ALPHABET)}
CREDIT_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
RESIDENT_CHECKS = "10X98765432"
RESIDENT_WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))


def is_credit_code(code: str) -> bool:
    """Whether an 18-character unified social credit code has the right check character."""
    if len(code) != 18 or not CREDIT_VALUES.keys() >= set(code):
        return False
    values = [CREDIT_VALUES[character] for character in code]
    return values[17] == -sum(map(mul, values, CREDIT_WEIGHTS)) % 31


def is_resident_id(number: str) -> bool:
    """Whether an 18-character resident ID number has the right check character."""
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return False
    total = sum(map(mul, map(int, number[:17]), RESIDENT_WEIGHTS))
    return number[17].upper() == RESIDENT_CHECKS[total % 11]


def is_id_no(id_no: str, borrower_type: str) -> bool:
    """Whether a borrower's number is sound: a credit code for a corporate, an ID for a person."""
    return is_resident_id(id_no) if borrower_type == "personal" else is_credit_code(id_no)
