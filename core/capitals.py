"""Amounts in the capital numerals of Chinese bills (大写金额), which nobody can alter by a stroke."""

from decimal import ROUND_HALF_UP, Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
LIMIT = Decimal(10) ** 16


def in_capitals(amount: Decimal) -> str:
    """``10050.30`` as ``壹万零伍拾元叁角整``; rounded to the cent. ValueError from 10^16 on."""
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if abs(cents) >= LIMIT:
        raise ValueError(f"{amount} has more digits than these numerals are written with")
    whole, part = divmod(int(abs(cents) * 100), 100)
    text = _whole(whole) + _part(part, after_whole=whole > 0)
    return f"负{text}" if cents < 0 else text or "零元整"


def _whole(number: int) -> str:
    """The yuan, in groups of four digits; a gap of zeros inside is read as one zero."""
    groups = [number // 10_000**i % 10_000 for i in range(len(GROUPS))]
    if groups[3]:  # 万亿 speaks its second half only when the group of 亿 has nothing to say
        groups[2], groups[3] = groups[2] + groups[3] * 10_000, 0
    text, gap = "", False
    for value, name in zip(reversed(groups), reversed(GROUPS), strict=True):
        if not value:
            gap = bool(text)
            continue
        if text and (gap or value < 1000):
            text += DIGITS[0]
        inner = _whole(value).removesuffix("元") if value >= 10_000 else _group(value)
        text, gap = f"{text}{inner}{name}", False
    return f"{text}元" if text else ""


def _group(value: int) -> str:
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit:
            text += (DIGITS[0] if gap and text else "") + DIGITS[digit] + PLACES[place]
        gap = not digit
    return text


def _part(cents: int, *, after_whole: bool) -> str:
    """Jiao and fen; ``整`` where nothing follows."""
    jiao, fen = divmod(cents, 10)
    if not cents:
        return "整" if after_whole else ""
    text = f"{DIGITS[jiao]}角" if jiao else (DIGITS[0] if after_whole else "")
    return f"{text}{DIGITS[fen]}分" if fen else f"{text}整"
