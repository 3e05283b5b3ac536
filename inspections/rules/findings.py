"""What makes an answer of an inspection a finding (QLY-1, INS-10): facts, not adjectives."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

MISSING = "missing"
EMPTY_PHRASE = "empty_phrase"
NOT_A_FIGURE = "not_a_figure"
UNKNOWN_CHOICE = "unknown_choice"
REMARK_MISSING = "remark_missing"
SOURCE_MISSING = "source_missing"

# Bare adjectives say nothing about this borrower. Longest first, so that 无变化 is not left as 变化.
STOCK_PHRASES = (
    *("未发现异常", "按规定执行", "未发现问题", "无重大变化", "符合要求", "运行正常", "未见异常"),
    *("无变化", "无异常", "已落实", "无问题", "无风险", "不适用"),
    *("正常", "良好", "一般", "较好", "稳定", "合规", "平稳", "尚可", "同上", "情况", "经营", "财务", "基本"),
    *("总体", "保持", "目前", "企业", "客户", "状况", "较为", "未", "无", "均", "较", "好", "及", "和"),
    *("no change", "unchanged", "no anomaly", "as usual", "as before", "nothing", "normal", "stable"),
    *("good", "fine", "none", "okay", "ok"),
)
STOCK = re.compile("|".join(re.escape(phrase) for phrase in STOCK_PHRASES))
NOT_A_WORD = re.compile(r"[\W_]+")
MIN_REMAINS = 4
MAX_FIGURE = 20


@dataclass(frozen=True)
class Question:
    """One question as the rules see it."""

    code: str
    answer: str
    mandatory: frozenset[str] = frozenset()
    choices: frozenset[str] = frozenset()
    adverse: frozenset[str] = frozenset()
    needs: str = ""
    needs_source: bool = False

    def is_owed(self, kind: str, holdings: Collection[str]) -> bool:
        """Whether a kind of report about a borrower with these holdings must answer it."""
        return kind in self.mandatory and (not self.needs or self.needs in holdings)


def is_concrete(text: str) -> bool:
    """Whether a text says something about the borrower: more than stock phrases, or a figure with words."""
    words = NOT_A_WORD.sub(" ", text.lower())
    remains = STOCK.sub("", words).replace(" ", "")
    if any(char.isdigit() for char in remains):
        return len(remains) > 1
    return len(remains) >= MIN_REMAINS


def is_figure(text: str) -> bool:
    """A plain decimal number, thousands separated or not."""
    try:
        return len(text) <= MAX_FIGURE and Decimal(text.replace(",", "")).is_finite()
    except InvalidOperation:
        return False


def problems(
    questions: Iterable[Question],
    findings: Mapping[str, Mapping[str, str]],
    kind: str,
    holdings: Collection[str],
) -> dict[str, str]:
    """What keeps a report from being complete: the code of each question with its problem."""
    found = {
        question.code: problem_of(question, findings.get(question.code, {}), kind, holdings)
        for question in questions
    }
    return {code: problem for code, problem in found.items() if problem}


def problem_of(
    question: Question, finding: Mapping[str, str], kind: str, holdings: Collection[str]
) -> str | None:
    """The problem of one answer; None when there is none."""
    answer, note = finding.get("answer", "").strip(), finding.get("note", "").strip()
    owed = question.is_owed(kind, holdings)
    if not answer:
        return MISSING if owed else None
    if question.answer == "text":
        return EMPTY_PHRASE if owed and not is_concrete(answer) else None
    if question.answer == "figure":
        return _problem_of_figure(question, answer, note, owed=owed)
    if answer not in question.choices:
        return UNKNOWN_CHOICE
    return REMARK_MISSING if answer in question.adverse and not is_concrete(note) else None


def _problem_of_figure(question: Question, answer: str, note: str, *, owed: bool) -> str | None:
    if not is_figure(answer):
        return NOT_A_FIGURE
    return SOURCE_MISSING if owed and question.needs_source and not note else None
