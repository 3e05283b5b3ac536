"""The monthly summary as a workbook: one sheet per table, totals as formulas, Excel's own charts."""

from collections.abc import Iterable, Sequence
from typing import Any

from loans.rules import CLASSES
from reports.enums import Dimension
from reports.exports.narrative import CLASS_WORDS, GUARANTEE_WORDS, sentences
from reports.exports.sheets import (
    COUNT,
    MONEY,
    PERCENT,
    SHARE,
    TEXT,
    Book,
    Column,
    Place,
    formula,
    put,
    quotient,
)
from reports.exports.titles import Titles
from reports.rules import GONE, NEW
from reports.rules.summary import Slice, Timeliness
from reports.selectors.summary import MENTION, NPL, OVERDUE, Holder, Summary

CLASS_COLOURS = {
    "normal": "1B6B3A",
    "special_mention": "C98A00",
    "substandard": "D9630B",
    "doubtful": "B3261E",
    "loss": "6D0F0F",
}
DIMENSION_SHEETS = {
    Dimension.PRODUCT: "产品",
    Dimension.INDUSTRY: "行业",
    Dimension.GUARANTEE: "担保方式",
    Dimension.OFFICER: "客户经理",
}


def write_workbook(summary: Summary, titles: Titles, target: Any) -> None:
    """Write the report to a path or a file."""
    book = Book(titles.title, titles.note, titles.footer)
    _overview(book, summary, titles)
    _classes(book, summary)
    _bridge(book, summary)
    _buckets(book, summary)
    _matrix(book, summary)
    _slices(book, "机构", "机构", summary.branches)
    for dimension, name in DIMENSION_SHEETS.items():
        _slices(book, name, name, _named(dimension, summary.by(dimension)))
    _holders(book, summary)
    _due(book, summary)
    _duties(book, summary)
    _provisions(book, summary)
    _trend(book, summary)
    book.save(target)


def _named(dimension: str, rows: list[Slice]) -> Iterable[Slice]:
    if dimension != Dimension.GUARANTEE:
        return rows
    return [
        Slice(r.value, GUARANTEE_WORDS.get(r.value, r.value), r.quality, r.npl_share, r.overdue_share)
        for r in rows
    ]


def _overview(book: Book, summary: Summary, titles: Titles) -> None:
    from openpyxl.styles import Alignment

    sheet = book.sheet("概览", "概览", columns=4)
    its = summary.quality
    rows = [
        ("各项贷款余额(元)", its.balance, MONEY),
        ("贷款笔数", its.loans, COUNT),
        ("不良贷款余额(元)", its.npl, MONEY),
        ("不良贷款率", its.npl_ratio, PERCENT),
        ("关注类贷款余额(元)", its.special_mention, MONEY),
        ("关注类占比", its.mention_ratio, PERCENT),
        ("逾期贷款(元)", its.overdue, MONEY),
        ("逾期率", its.overdue_ratio, PERCENT),
        ("逾期90天以上/不良", its.long_overdue_to_npl, PERCENT),
        ("次月到期(元)", summary.due.balance, MONEY),
        ("贷后任务按时完成率", summary.duties.rate, PERCENT),
    ]
    sheet.page_setup.fitToHeight = 1
    place = book.table(sheet, [Column("指标", TEXT, width=26), Column("数值")], [row[:2] for row in rows])
    for row, (_name, _value, style) in enumerate(rows, start=place.first):
        sheet.cell(row=row, column=2).number_format = style
    start = place.last + 2
    put(sheet, start, 1, "文字说明")
    for row, text in enumerate([*sentences(summary), *titles.remarks], start=start + 1):
        put(sheet, row, 1, text).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=6)
        sheet.row_dimensions[row].height = 15 * (1 + len(text) // 48)


def _classes(book: Book, summary: Summary) -> None:
    sheet = book.sheet("五级分类", "五级分类结构", columns=6)
    columns = [
        Column("分类", TEXT, width=14),
        Column("笔数", COUNT, "sum"),
        Column("余额(元)", MONEY, "sum", width=22),
        Column("占比", SHARE, quotient("C{row}", "C{total}"), quotient("C{row}", "C${total}")),
        Column("较月初(元)", MONEY, "sum" if summary.opening else "", width=22),
        Column("较年初(元)", MONEY, "sum" if summary.year_start is not None else "", width=22),
    ]
    place = book.table(
        sheet,
        columns,
        (
            (CLASS_WORDS[r.code], r.loans, r.balance, None, r.since_month_start, r.since_year_start)
            for r in summary.classes
        ),
    )
    bad = place.total + 1
    put(sheet, bad, 1, "其中:不良")
    formula(sheet, bad, 2, f"=SUM(B{place.first + 2}:B{place.last})", COUNT)
    formula(sheet, bad, 3, f"=SUM(C{place.first + 2}:C{place.last})", MONEY)
    formula(sheet, bad, 4, quotient(f"C{bad}", f"C{place.total}"), SHARE)
    _bars(
        sheet,
        place,
        f"A{bad + 2}",
        "五级分类余额(元)",
        column=3,
        colours=[CLASS_COLOURS[code] for code in CLASSES],
    )


def _bridge(book: Book, summary: Summary) -> None:
    sheet = book.sheet("不良变动", "不良贷款变动", columns=2)
    bridge = summary.bridge
    if bridge is None:
        put(sheet, 4, 1, "上月未在本系统结账,没有期初数。")
        return
    rows = [
        ("期初余额", bridge.opening),
        ("加:机构划入", bridge.moved_in),
        ("加:本期新发生", bridge.new),
        ("减:现金收回", -bridge.recovered),
        ("减:上调", -bridge.upgraded),
        ("减:核销", -bridge.written_off),
        ("减:处置", -bridge.disposed),
        ("减:机构划出", -bridge.moved_out),
    ]
    place = book.table(
        sheet, [Column("项目", TEXT, width=24), Column("金额(元)", MONEY, "sum", width=24)], rows
    )
    put(sheet, place.total, 1, "期末余额")
    put(sheet, place.total + 1, 1, "账面不良余额")
    put(sheet, place.total + 1, 2, bridge.closing).number_format = MONEY
    put(sheet, place.total + 2, 1, "差额(应为0)")
    difference = f"=ROUND(B{place.total}-B{place.total + 1},2)"
    formula(sheet, place.total + 2, 2, difference, MONEY)
    _bars(sheet, place, f"A{place.total + 4}", "不良贷款变动(元)", column=2)


def _buckets(book: Book, summary: Summary) -> None:
    sheet = book.sheet("逾期", "逾期期限与滚动率", columns=8)
    compared = summary.month.compared
    rate = quotient("G{row}", "F{row}")
    columns = [
        Column("期限", TEXT, width=10),
        Column("笔数", COUNT, "sum"),
        Column("余额(元)", MONEY, "sum", width=22),
        Column("占比", SHARE, quotient("C{row}", "C{total}"), quotient("C{row}", "C${total}")),
        Column("其中逾期本金(元)", MONEY, "sum", width=22),
        Column("月初余额(元)", MONEY, "sum" if compared else "", width=22),
        Column("其中向后滚动(元)", MONEY, "sum" if compared else "", width=22),
        Column("滚动率", SHARE, "", rate if compared else ""),
    ]
    rows = (
        (
            r.bucket,
            r.loans,
            r.balance,
            None,
            r.overdue_principal,
            r.opening if compared else None,
            r.rolled if compared else None,
            None,
        )
        for r in summary.buckets
    )
    place = book.table(sheet, columns, rows)
    late = Place(place.head, place.first + 1, place.last, place.total)
    put(
        sheet,
        place.total + 2,
        1,
        "M1=逾期1-30天,M2=31-60天,M3=61-90天,M4=91-120天,M5=121-150天,M6=151-180天,M6+=180天以上。",
    )
    put(sheet, place.total + 3, 1, "滚动率=月初处于该期限、期末处于更后期限的贷款月初余额 ÷ 月初余额。")
    _bars(sheet, late, "A18", "逾期贷款余额(元)", column=3)


def _matrix(book: Book, summary: Summary) -> None:
    sheet = book.sheet("迁徙", "五级分类迁徙", columns=9)
    if summary.matrix is None:
        put(sheet, 4, 1, "上月未在本系统结账,没有期初数。")
        return
    kinds = [*CLASSES, GONE]
    columns = [Column("月初 \\ 期末", TEXT, width=18)]
    columns += [Column(CLASS_WORDS[kind], MONEY, "sum", width=20) for kind in kinds]
    columns.append(Column("合计", MONEY, "sum", "=SUM(B{row}:G{row})", width=22))
    rows = [
        [CLASS_WORDS[start], *(summary.matrix.get(start, {}).get(kind, 0) for kind in kinds), None]
        for start in (*CLASSES, NEW)
    ]
    place = book.table(sheet, columns, rows)
    rates = [(CLASS_WORDS[code], rate) for code, rate in summary.rates.items()]
    book.table(
        sheet,
        [Column("月初分类", TEXT), Column("向下迁徙率", PERCENT)],
        rates,
        at=place.total + 2,
        caption="迁徙率(期末已下调部分 ÷(月初余额-期间减少))",
    )


def _slices(book: Book, name: str, heading: str, rows: Iterable[Slice]) -> None:
    sheet = book.sheet(name, f"按{heading}", columns=10)
    columns = [
        Column(heading, TEXT, width=30),
        Column("笔数", COUNT, "sum"),
        Column("余额(元)", MONEY, "sum", width=22),
        Column("余额占比", SHARE, quotient("C{row}", "C{total}"), quotient("C{row}", "C${total}")),
        Column("不良余额(元)", MONEY, "sum", width=22),
        Column("不良率", SHARE, quotient("E{row}", "C{row}"), quotient("E{row}", "C{row}")),
        Column("占全部不良", SHARE, quotient("E{row}", "E{total}"), quotient("E{row}", "E${total}")),
        Column("逾期余额(元)", MONEY, "sum", width=22),
        Column("逾期率", SHARE, quotient("H{row}", "C{row}"), quotient("H{row}", "C{row}")),
        Column("占全部逾期", SHARE, quotient("H{row}", "H{total}"), quotient("H{row}", "H${total}")),
    ]
    data = [
        (
            r.label,
            r.quality.loans,
            r.quality.balance,
            None,
            r.quality.npl,
            None,
            None,
            r.quality.overdue,
            None,
            None,
        )
        for r in rows
    ]
    place = book.table(sheet, columns, data)
    sheet.freeze_panes = sheet.cell(row=place.first, column=2)
    if len(data) > 1:
        shown = Place(place.head, place.first, min(place.last, place.first + 14), place.total)
        _bars(sheet, shown, f"A{place.total + 3}", "不良余额(元)", column=5)


def _holders(book: Book, summary: Summary) -> None:
    sheet = book.sheet("大户", "前十大借款人", columns=6)
    at = 4
    for kind, caption in (
        (NPL, "不良贷款前十大"),
        (MENTION, "关注类贷款前十大"),
        (OVERDUE, "逾期贷款前十大"),
    ):
        place = book.table(sheet, _HOLDER, _holder_rows(summary.holders[kind]), at=at, caption=caption)
        at = place.total + 2


_HOLDER = [
    Column("序号", COUNT, width=8),
    Column("借款人", TEXT, width=34),
    Column("客户号", TEXT),
    Column("笔数", COUNT, "sum"),
    Column("余额(元)", MONEY, "sum", width=22),
    Column("占该类全部", PERCENT, "sum"),
]


def _holder_rows(holders: Sequence[Holder]) -> list[Sequence[Any]]:
    return [
        (place, row.name, row.borrower_no, row.loans, row.balance, row.share)
        for place, row in enumerate(holders, start=1)
    ]


def _due(book: Book, summary: Summary) -> None:
    first, _last = summary.month.next_month
    sheet = book.sheet("次月到期", f"{first.year}年{first.month}月到期", columns=3)
    columns = [
        Column("当前分类", TEXT),
        Column("笔数", COUNT, "sum"),
        Column("余额(元)", MONEY, "sum", width=22),
    ]
    book.table(sheet, columns, ((CLASS_WORDS[r.code], r.loans, r.balance) for r in summary.due_classes))


def _duties(book: Book, summary: Summary) -> None:
    sheet = book.sheet("任务时效", "贷后任务时效", columns=7)
    at = 4
    tables = (
        ("按任务", "任务", summary.duties_by_code),
        ("按机构", "机构", summary.duties_by_branch),
        ("按人员(逾期与未完成最多者)", "责任人", summary.duties_by_person),
    )
    for caption, head, rows in tables:
        columns = [
            Column(head, TEXT, width=34),
            Column("应完成", COUNT, "sum"),
            Column("按时", COUNT, "sum"),
            Column("逾期完成", COUNT, "sum"),
            Column("到期未完成", COUNT, "sum"),
            Column("豁免或消灭", COUNT, "sum"),
            Column(
                "按时率", SHARE, quotient("C{row}", "(B{row}-F{row})"), quotient("C{row}", "(B{row}-F{row})")
            ),
        ]
        place = book.table(sheet, columns, map(_duty_row, rows), at=at, caption=caption)
        at = place.total + 2


def _duty_row(row: Timeliness) -> Sequence[Any]:
    return (row.label, row.due, row.on_time, row.late, row.still_open, row.excused, None)


def _provisions(book: Book, summary: Summary) -> None:
    sheet = book.sheet("拨备参考", "参考拨备(非账面数)", columns=4)
    columns = [
        Column("分类", TEXT),
        Column("余额(元)", MONEY, "sum", width=22),
        Column("专项比例", PERCENT),
        Column("专项参考额(元)", MONEY, "sum", "=ROUND(B{row}*C{row}/100,2)", width=22),
    ]
    place = book.table(
        sheet, columns, ((CLASS_WORDS[r.code], r.balance, r.rate, None) for r in summary.provisions)
    )
    put(sheet, place.total + 1, 1, "一般准备(全部贷款1%)")
    formula(sheet, place.total + 1, 4, f"=ROUND(B{place.total}*0.01,2)", MONEY)
    put(sheet, place.total + 2, 1, "参考合计")
    formula(sheet, place.total + 2, 4, f"=D{place.total}+D{place.total + 1}", MONEY)
    put(sheet, place.total + 4, 1, "按参考比例(关注2%、次级25%、可疑50%、损失100%)测算,不代表账面减值准备。")


def _trend(book: Book, summary: Summary) -> None:
    from openpyxl.chart import LineChart, Reference

    sheet = book.sheet("趋势", "近十二个月趋势", columns=6)
    columns = [
        Column("月份", TEXT),
        Column("余额(元)", MONEY, width=22),
        Column("不良余额(元)", MONEY, width=22),
        Column("不良率", SHARE, "", quotient("C{row}", "B{row}")),
        Column("逾期余额(元)", MONEY, width=22),
        Column("逾期率", SHARE, "", quotient("E{row}", "B{row}")),
    ]
    rows = [
        (point.key, point.quality.balance, point.quality.npl, None, point.quality.overdue, None)
        for point in summary.trend
    ]
    place = book.table(sheet, columns, rows)
    chart = LineChart()
    chart.title, chart.height, chart.width = "不良率与逾期率", 8, 22
    for column in (4, 6):
        chart.add_data(
            Reference(sheet, min_col=column, min_row=place.head, max_row=place.last), titles_from_data=True
        )
    chart.set_categories(Reference(sheet, min_col=1, min_row=place.first, max_row=place.last))
    chart.y_axis.number_format = "0.00%"
    _show_axes(chart)
    sheet.add_chart(chart, f"A{place.last + 3}")


def _bars(
    sheet: Any, place: Place, anchor: str, title: str, *, column: int, colours: Sequence[str] = ()
) -> None:
    """A bar chart of one column of a table."""
    from openpyxl.chart import BarChart, Reference
    from openpyxl.chart.series import DataPoint

    chart = BarChart()
    chart.type, chart.title, chart.legend = "col", title, None
    chart.height, chart.width = 8, 18
    chart.add_data(Reference(sheet, min_col=column, min_row=place.first, max_row=place.last))
    chart.set_categories(Reference(sheet, min_col=1, min_row=place.first, max_row=place.last))
    series = chart.series[0]
    series.graphicalProperties.solidFill = "1D5A96"
    for index, colour in enumerate(colours):
        point = DataPoint(idx=index)
        point.graphicalProperties.solidFill = colour
        series.dPt.append(point)
    chart.y_axis.number_format = "#,##0"
    _show_axes(chart)
    sheet.add_chart(chart, anchor)


def _show_axes(chart: Any) -> None:
    """Newer Excel hides axes that do not say that they stay."""
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.majorGridlines = chart.y_axis.majorGridlines or None
