"""What counts as a finding (QLY-1), and which answers a kind of report owes."""

import pytest

from inspections.rules.findings import Question, is_concrete, is_figure, problem_of, problems


@pytest.mark.parametrize(
    "text",
    [
        "3月产能利用率75%，较上月降5个百分点，因下游订单减少（见订单表）",
        "法定代表人由王某变更为李某，已核对工商登记",
        "设备更新后停用两条旧生产线",
        "Orders fell by 12 % against May",
        "用电量同比上升 8%",
        "正常，用电 12 万度",
    ],
)
def test_fact_is_a_finding(text):
    assert is_concrete(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "正常",
            "良好",
            "无变化",
            "无异常",
            "正常、良好。",
            "经营情况正常",
            "经营正常，财务状况良好",
            "已落实",
        ),
        *("按规定执行", "未发现异常", "一般", "无", "。。。", "总体情况良好，无异常", "企业经营基本正常"),
        *("Normal", "good", "no change", "OK", "as usual", "", "   ", "5"),
    ],
)
def test_bare_adjective_is_none(text):
    assert not is_concrete(text)


@pytest.mark.parametrize(
    ("text", "known"),
    [("75.5", True), ("-3", True), ("1,200.50", True), ("0", True), ("75%", False), ("many", False),
     ("NaN", False), ("Infinity", False), ("1" * 30, False), ("", False)],
)  # fmt: skip
def test_figures(text, known):
    assert is_figure(text) is known


TEXT = Question("B1", "text", mandatory=frozenset({"routine"}))
FIGURE = Question("B2", "figure", mandatory=frozenset({"routine"}), needs_source=True)
YES_NO = Question(
    "B9", "yes_no", frozenset({"routine"}), frozenset({"yes", "no"}), adverse=frozenset({"yes"})
)
SECURED = Question("G1", "text", mandatory=frozenset({"routine"}), needs="collateral")


@pytest.mark.parametrize(
    ("question", "answer", "note", "problem"),
    [
        (TEXT, "", "", "missing"),
        (TEXT, "正常", "", "empty_phrase"),
        (TEXT, "在手订单 320 吨", "", None),
        (FIGURE, "75", "", "source_missing"),
        (FIGURE, "75", "台账", None),
        (FIGURE, "正常", "台账", "not_a_figure"),
        (YES_NO, "perhaps", "", "unknown_choice"),
        (YES_NO, "yes", "", "remark_missing"),
        (YES_NO, "yes", "正常", "remark_missing"),
        (YES_NO, "yes", "一号车间自 3 月起停产", None),
        (YES_NO, "no", "", None),
    ],
)
def test_problem_of_an_answer(question, answer, note, problem):
    assert problem_of(question, {"answer": answer, "note": note}, "routine", ()) == problem


def test_what_a_kind_does_not_owe_may_be_left_out_but_not_be_nonsense():
    assert problems([TEXT, FIGURE], {}, "first", ()) == {}
    assert problems([FIGURE], {"B2": {"answer": "x"}}, "first", ()) == {"B2": "not_a_figure"}


def test_security_is_asked_for_where_there_is_some():
    assert problems([SECURED], {}, "routine", ()) == {}
    assert problems([SECURED], {}, "routine", {"collateral"}) == {"G1": "missing"}
