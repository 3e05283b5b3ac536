"""The monthly summary on paper: A4 landscape, Chinese, for a meeting."""

from typing import Any

from django.template.loader import render_to_string

from documents.press import print_page
from loans.rules import CLASSES
from reports.exports.drawings import bucket_bars, class_bar, trend_lines
from reports.exports.narrative import CLASS_WORDS, GUARANTEE_WORDS, amount, sentences
from reports.exports.titles import Titles
from reports.rules import GONE, NEW
from reports.rules.summary import Slice
from reports.selectors.summary import MENTION, NPL, OVERDUE, Summary

STYLE = "summary-print.css"
ROWS_SHOWN = 14
SLICES_SHOWN = 10


def render_pdf(summary: Summary, titles: Titles) -> bytes:
    """The printed report; ApplicationError("pdf_unavailable") without the system's library."""
    return print_page(render_to_string("reports/print/summary.html", context(summary, titles)), STYLE)


def context(summary: Summary, titles: Titles) -> dict[str, Any]:
    """What the template prints."""
    return {
        "summary": summary,
        "titles": titles,
        "sentences": sentences(summary),
        "words": CLASS_WORDS,
        "class_bar": class_bar(summary.classes),
        "bucket_bars": bucket_bars(summary.buckets),
        "trend_lines": trend_lines(summary.trend),
        "tiles": _tiles(summary),
        "bridge": _bridge(summary),
        "matrix": _matrix(summary),
        "kinds": [CLASS_WORDS[kind] for kind in (*CLASSES, GONE)],
        "slices": _slices(summary),
        "holders": [
            ("不良贷款前十大", summary.holders[NPL]),
            ("关注类贷款前十大", summary.holders[MENTION]),
            ("逾期贷款前十大", summary.holders[OVERDUE]),
        ],
        "duties": {
            "codes": summary.duties_by_code[:ROWS_SHOWN],
            "branches": summary.duties_by_branch[:ROWS_SHOWN],
            "people": summary.duties_by_person[:ROWS_SHOWN],
        },
    }


def _tiles(summary: Summary) -> list[tuple[str, str]]:
    its = summary.quality
    ratios = (
        ("不良率", its.npl_ratio),
        ("逾期率", its.overdue_ratio),
        ("关注类占比", its.mention_ratio),
        ("逾期90天以上/不良", its.long_overdue_to_npl),
        ("贷后任务按时率", summary.duties.rate),
    )
    tiles = [("各项贷款", amount(its.balance))]
    return tiles + [(name, "—" if value is None else f"{value}%") for name, value in ratios]


def _bridge(summary: Summary) -> list[tuple[str, Any]]:
    found = summary.bridge
    if found is None:
        return []
    return [
        ("期初余额", found.opening),
        ("加:机构划入", found.moved_in),
        ("加:本期新发生", found.new),
        ("减:现金收回", found.recovered),
        ("减:上调", found.upgraded),
        ("减:核销", found.written_off),
        ("减:处置", found.disposed),
        ("减:机构划出", found.moved_out),
        ("期末余额", found.closing),
    ]


def _matrix(summary: Summary) -> list[tuple[str, list[Any], Any]]:
    """Rows of opening classes with the amounts of the closing ones, and the rate of migration."""
    matrix = summary.matrix
    if matrix is None:
        return []
    return [
        (
            CLASS_WORDS[start],
            [matrix.get(start, {}).get(kind) for kind in (*CLASSES, GONE)],
            summary.rates.get(start),
        )
        for start in (*CLASSES, NEW)
    ]


def _slices(summary: Summary) -> list[tuple[str, list[Slice]]]:
    found = [
        ("机构", summary.branches),
        ("产品", summary.by("product")),
        ("行业", summary.by("industry")),
        ("担保方式", _security(summary)),
        ("客户经理", summary.by("officer")),
    ]
    return [(name, rows[:SLICES_SHOWN]) for name, rows in found if rows]


def _security(summary: Summary) -> list[Slice]:
    rows = summary.by("guarantee")
    return [
        Slice(r.value, GUARANTEE_WORDS.get(r.value, r.label), r.quality, r.npl_share, r.overdue_share)
        for r in rows
    ]
