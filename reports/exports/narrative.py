"""The report in words: Chinese sentences made from the figures, nothing that is not in the tables."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from loans.rules import DOUBTFUL, LOSS, NORMAL, SPECIAL_MENTION, SUBSTANDARD
from reports.rules.summary import Slice
from reports.selectors.summary import NPL, Holder, Summary

CLASS_WORDS = {
    NORMAL: "正常",
    SPECIAL_MENTION: "关注",
    SUBSTANDARD: "次级",
    DOUBTFUL: "可疑",
    LOSS: "损失",
    "new": "本期新增",
    "gone": "本期结清或核销",
    "composite": "正常贷款(正常+关注)",
}
GUARANTEE_WORDS = {"mortgage": "抵押", "pledge": "质押", "guaranteed": "保证", "unsecured": "信用"}
WAN, YI = Decimal(10_000), Decimal(100_000_000)
CONTRIBUTORS = 3


def amount(value: Decimal) -> str:
    """万元, from a hundred million on 亿元, two decimals."""
    unit, word = (YI, "亿元") if abs(value) >= YI else (WAN, "万元")
    return f"{(value / unit).quantize(Decimal('0.01'), ROUND_HALF_UP):,}{word}"


def ratio(value: Decimal | None) -> str:
    return "—" if value is None else f"{value}%"


def sentences(summary: Summary) -> list[str]:
    """Size, non-performing loans and why, overdue, what falls due, timeliness."""
    return [
        *_size(summary),
        *_bad(summary),
        *_contributors(summary),
        *_late(summary),
        *_due(summary),
        *_timeliness(summary),
    ]


def as_of(summary: Summary) -> str:
    closed = summary.month.closed
    return f"{closed.year}年{closed.month}月{closed.day}日"


def _size(summary: Summary) -> Iterator[str]:
    its = summary.quality
    text = f"截至{as_of(summary)},{summary.unit.name}各项贷款{its.loans:,}笔,余额{amount(its.balance)}"
    if summary.opening:
        text += f",{_moved(its.balance - summary.opening.balance, '较月初')}"
    yield f"{text}。"


def _bad(summary: Summary) -> Iterator[str]:
    its, opening, bridge = summary.quality, summary.opening, summary.bridge
    text = f"不良贷款余额{amount(its.npl)},不良率{ratio(its.npl_ratio)}"
    if opening and opening.npl_ratio is not None and its.npl_ratio is not None:
        text += f",{_points(its.npl_ratio - opening.npl_ratio)}"
    yield f"{text};关注类贷款余额{amount(its.special_mention)},占比{ratio(its.mention_ratio)}。"
    if bridge:
        yield (
            f"本期新发生不良{amount(bridge.new)};现金收回{amount(bridge.recovered)},"
            f"上调{amount(bridge.upgraded)},核销{amount(bridge.written_off)},处置{amount(bridge.disposed)}。"
        )


def _contributors(summary: Summary) -> Iterator[str]:
    holders: list[Holder] = [row for row in summary.holders[NPL] if row.balance][:CONTRIBUTORS]
    if holders:
        names = "、".join(f"{row.name}({amount(row.balance)},占{ratio(row.share)})" for row in holders)
        yield f"不良余额最大的{len(holders)}户为:{names}。"
    industries: list[Slice] = [row for row in summary.industries if row.quality.npl][:CONTRIBUTORS]
    if industries:
        names = "、".join(f"{row.label}(占不良{ratio(row.npl_share)})" for row in industries)
        yield f"不良贷款主要集中于:{names}。"


def _late(summary: Summary) -> Iterator[str]:
    its = summary.quality
    yield (
        f"逾期贷款{amount(its.overdue)},逾期率{ratio(its.overdue_ratio)};其中逾期90天以上"
        f"{amount(its.long_overdue)},与不良贷款之比{ratio(its.long_overdue_to_npl)}。"
    )


def _due(summary: Summary) -> Iterator[str]:
    first, _last = summary.month.next_month
    its = summary.due
    if its.loans:
        yield (
            f"{first.year}年{first.month}月到期贷款{its.loans:,}笔,余额{amount(its.balance)},"
            f"其中不良{amount(its.npl)},当前已逾期{amount(its.overdue)}。"
        )


def _timeliness(summary: Summary) -> Iterator[str]:
    its = summary.duties
    if its.owed:
        yield (
            f"本期应完成贷后任务{its.owed:,}项,按时完成率{ratio(its.rate)},逾期完成{its.late:,}项,"
            f"到期未完成{its.still_open:,}项。"
        )


def _moved(change: Decimal, since: str) -> str:
    if change == 0:
        return f"{since}持平"
    return f"{since}{'增加' if change > 0 else '减少'}{amount(abs(change))}"


def _points(change: Decimal) -> str:
    if change == 0:
        return "较月初持平"
    return f"较月初{'上升' if change > 0 else '下降'}{abs(change)}个百分点"
