"""Amounts in capital numerals, by hand from the rules for filling in bills (票据和结算凭证)."""

from decimal import Decimal

import pytest

from core.capitals import in_capitals

CASES = {
    "0": "零元整",
    "0.01": "壹分",
    "0.05": "伍分",
    "0.10": "壹角整",
    "0.35": "叁角伍分",
    "1": "壹元整",
    "1.05": "壹元零伍分",
    "1.50": "壹元伍角整",
    "10": "壹拾元整",
    "16.45": "壹拾陆元肆角伍分",
    "105": "壹佰零伍元整",
    "325.04": "叁佰贰拾伍元零肆分",
    "1004": "壹仟零肆元整",
    "1409.50": "壹仟肆佰零玖元伍角整",
    "1680.32": "壹仟陆佰捌拾元叁角贰分",
    "6007.14": "陆仟零柒元壹角肆分",
    "10050.30": "壹万零伍拾元叁角整",
    "16409.02": "壹万陆仟肆佰零玖元零贰分",
    "100000": "壹拾万元整",
    "107000.53": "壹拾万柒仟元伍角叁分",
    "200300": "贰拾万零叁佰元整",
    "1000000": "壹佰万元整",
    "10000000": "壹仟万元整",
    "100000000": "壹亿元整",
    "100000001": "壹亿零壹元整",
    "100010000": "壹亿零壹万元整",
    "1020300405.06": "壹拾亿贰仟零叁拾万零肆佰零伍元零陆分",
    "1000000000000": "壹万亿元整",
    "1234567890123.45": "壹万贰仟叁佰肆拾伍亿陆仟柒佰捌拾玖万零壹佰贰拾叁元肆角伍分",
    "9999999999999999.99": "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
    "-12.30": "负壹拾贰元叁角整",
    "2.005": "贰元零壹分",
}


@pytest.mark.parametrize(("amount", "text"), CASES.items(), ids=CASES)
def test_amount_in_capitals(amount, text):
    assert in_capitals(Decimal(amount)) == text


def test_more_digits_than_there_are_words_for():
    with pytest.raises(ValueError, match="more digits"):
        in_capitals(Decimal(10) ** 16)
