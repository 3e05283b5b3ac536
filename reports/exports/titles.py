"""What stands on every page of an exported report: bank, branch, month, as of when, who drew it."""

from dataclasses import dataclass

from django.conf import settings

from core import clock
from org.models import User
from reports.exports.narrative import as_of
from reports.selectors.summary import Summary


@dataclass(frozen=True)
class Titles:
    """Texts of the report's head and foot."""

    bank: str
    title: str
    note: str
    footer: str
    remarks: list[str]

    @classmethod
    def of(cls, summary: Summary, actor: User | None) -> "Titles":
        month, unit = summary.month, summary.unit
        bank = settings.BANK_NAME
        owner = unit.name if unit.name.startswith(bank) else f"{bank}{unit.name}"
        mark = "月结冻结数" if month.frozen else "月中初步数(未结账)"
        return cls(
            bank=bank,
            title=f"{owner} {month.first.year}年{month.first.month}月资产质量月报",
            note=f"数据截至{as_of(summary)}日终 · {mark} · 人民币 · 含辖内机构",
            footer=_footer(actor),
            remarks=_remarks(summary),
        )


def _footer(actor: User | None) -> str:
    who = f"{actor.name}({actor.employee_no})" if actor else "系统"
    return f"导出:{who} {clock.now().astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"


def _remarks(summary: Summary) -> list[str]:
    month = summary.month
    remarks = []
    if not month.frozen:
        remarks.append("本表为月中初步数,月末结账后以冻结数为准。")
    if summary.behind:
        until = f"{summary.delivered_to:%Y-%m-%d}" if summary.delivered_to else "无"
        remarks.append(f"截至日的核心系统数据未到齐(最新:{until}),逾期情况以已到数据为准。")
    if not month.compared:
        remarks.append("上月未在本系统结账,不列示期初数、变动与迁徙。")
    overdue = "整笔余额" if summary.readings.overdue_amount == "whole_loan" else "逾期本金"
    remarks.append(f"逾期口径:逾期1天及以上贷款的{overdue};外币贷款未计入。")
    return remarks
