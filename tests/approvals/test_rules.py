"""What counts as an opinion."""

import pytest

from approvals.rules import is_opinion


@pytest.mark.parametrize(
    "text",
    [
        "",
        "    ",
        "已阅",
        "同意",
        "已阅，同意。",
        "同意，情况属实！",
        "已审阅 无异议",
        "OK ok OK",
        "Approved.",
        "Seen, agreed!",
        "同同同同同同",
        "..........",
        "1111111",
        "很好",
    ],
)
def test_stock_phrases_are_no_opinion(text):
    assert not is_opinion(text)


@pytest.mark.parametrize(
    "text",
    [
        "同意豁免，借款人已于上月结清",
        "流水与合同用途一致",
        "Agreed: the invoice matches the contract",
        "请补充第三季度报表",
    ],
)
def test_a_sentence_is_an_opinion(text):
    assert is_opinion(text)
