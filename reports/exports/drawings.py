"""Charts of the printed report as plain SVG."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reports.exports.narrative import CLASS_WORDS, amount, ratio
from reports.rules.summary import LATE_BUCKETS, BucketRow, ClassRow
from reports.selectors.summary import Point

COLOURS = {
    "normal": "#1b6b3a",
    "special_mention": "#c98a00",
    "substandard": "#d9630b",
    "doubtful": "#b3261e",
    "loss": "#6d0f0f",
}
ACCENT, CARE, INK, LINE = "#1d5a96", "#d9630b", "#1c2733", "#dfe4ea"
WIDTH, HEIGHT = 360, 150
BASE, TOP = 126, 16


def _drawing(body: SafeString, label: str, height: int = HEIGHT) -> SafeString:
    return format_html(
        '<svg class="drawing" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img"'
        ' aria-label="{}">{}</svg>',
        WIDTH,
        height,
        label,
        body,
    )


def _text(x: float, y: float, text: str, *, anchor: str = "middle", colour: str = INK) -> SafeString:
    return format_html(
        '<text x="{}" y="{}" text-anchor="{}" fill="{}" font-family="Noto Sans SC" font-size="8">{}</text>',
        f"{x:.1f}",
        f"{y:.1f}",
        anchor,
        colour,
        text,
    )


def class_bar(rows: Sequence[ClassRow]) -> SafeString:
    """One bar with the five classes beside each other, and a legend with their shares."""
    whole = sum((row.balance for row in rows), Decimal(0))
    parts, x = [], 0.0
    for place, row in enumerate(rows):
        width = float(row.balance / whole) * WIDTH if whole else 0
        legend = 48 + place * 20
        parts += [
            _box(x, 8, width, 26, COLOURS[row.code]),
            _box(0, legend - 8, 10, 10, COLOURS[row.code]),
            _text(16, legend, CLASS_WORDS[row.code], anchor="start"),
            _text(150, legend, f"{row.loans:,}笔", anchor="end"),
            _text(250, legend, amount(row.balance), anchor="end"),
            _text(WIDTH, legend, ratio(row.share), anchor="end"),
        ]
        x += width
    return _drawing(_joined(parts), "五级分类结构")


def bucket_bars(rows: Sequence[BucketRow]) -> SafeString:
    """Overdue balances from M1 to M6+."""
    late = [row for row in rows if row.bucket in LATE_BUCKETS]
    most = max((row.balance for row in late), default=Decimal(0))
    step = WIDTH / max(len(late), 1)
    parts = [_line(0, BASE, WIDTH, BASE)]
    for place, row in enumerate(late):
        height = float(row.balance / most) * (BASE - TOP) if most else 0
        middle = step * (place + 0.5)
        parts += [
            _box(
                middle - step * 0.3,
                BASE - height,
                step * 0.6,
                height,
                ACCENT if place < 3 else COLOURS["doubtful"],
            ),
            _text(middle, BASE - height - 3, amount(row.balance) if row.balance else "0"),
            _text(middle, BASE + 12, row.bucket),
        ]
    return _drawing(_joined(parts), "逾期期限结构")


def trend_lines(points: Sequence[Point]) -> SafeString:
    """NPL and overdue ratios over the months."""
    series = [
        ("不良率", ACCENT, [point.quality.npl_ratio or Decimal(0) for point in points]),
        ("逾期率", CARE, [point.quality.overdue_ratio or Decimal(0) for point in points]),
    ]
    most = max(
        (value for _name, _colour, values in series for value in values), default=Decimal(0)
    ) or Decimal(1)
    step = WIDTH / max(len(points), 1)
    parts = [_line(0, BASE, WIDTH, BASE)]
    parts += [_text(step * (i + 0.5), BASE + 12, point.key[2:]) for i, point in enumerate(points)]
    for number, (name, colour, values) in enumerate(series):
        places = [
            (step * (i + 0.5), BASE - float(value / most) * (BASE - TOP - 16))
            for i, value in enumerate(values)
        ]
        parts += [
            format_html(
                '<polyline fill="none" stroke="{}" stroke-width="1.5" points="{}"/>',
                colour,
                " ".join(f"{x:.1f},{y:.1f}" for x, y in places),
            ),
            *(
                format_html('<circle cx="{}" cy="{}" r="2" fill="{}"/>', f"{x:.1f}", f"{y:.1f}", colour)
                for x, y in places
            ),
            *(
                _text(x, y - 4, f"{value}%", colour=colour)
                for (x, y), value in zip(places, values, strict=True)
            ),
            _box(number * 60, 0, 10, 6, colour),
            _text(number * 60 + 14, 7, name, anchor="start"),
        ]
    return _drawing(_joined(parts), "不良率与逾期率趋势")


def _box(x: float, y: float, width: float, height: float, colour: str) -> SafeString:
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>',
        *(f"{value:.1f}" for value in (x, y, width, height)),
        colour,
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> SafeString:
    return format_html('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}"/>', x1, y1, x2, y2, LINE)


def _joined(parts: Sequence[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))
