"""What the approvals engine decides without a table: whether an opinion is one."""

import re

MIN_OPINION = 5

# "Seen" is no opinion (LOG-2); nor is a bare yes. Longest first, so that 已审阅 is not left as 审.
STOCK_PHRASES = (
    "情况属实",
    "同意上报",
    "已审阅",
    "无异议",
    "已阅",
    "已审",
    "已核",
    "同意",
    "阅",
    "approved",
    "approve",
    "agreed",
    "agree",
    "noted",
    "seen",
    "okay",
    "yes",
    "ok",
)
STOCK = re.compile("|".join(STOCK_PHRASES))
NOT_A_WORD = re.compile(r"[\W_]+")
MIN_DIFFERENT = 3


def is_opinion(text: str) -> bool:
    """Whether a text says something: five characters at least, more than stock phrases (four eyes)."""
    words = NOT_A_WORD.sub("", text).lower()
    if len(words) < MIN_OPINION or len(set(words)) < MIN_DIFFERENT:
        return False
    return len(STOCK.sub("", words)) >= MIN_DIFFERENT
