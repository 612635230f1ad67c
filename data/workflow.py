"""States of problems and leads, and the moves between them: what is not listed here cannot be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PROBLEM_STATES = (
    "found",  # 发现
    "ordered",  # 已下达整改
    "replied",  # 企业已反馈
    "awaiting_recheck",  # 待复查
    "recheck_passed",  # 复查合格
    "closed_out",  # 已销号
    "filed",  # 转立案
    "transferred",  # 转移送
    "revoked",  # 撤销
    "ended",  # 终止: the enterprise closed
)
PROBLEM_CLOSED = ("closed_out", "filed", "transferred", "revoked", "ended")
PROBLEM_OPEN = tuple(state for state in PROBLEM_STATES if state not in PROBLEM_CLOSED)

LEAD_STATES = (
    "registered",  # 登记
    "assigned",  # 交办
    "acknowledged",  # 签收
    "investigating",  # 核查中
    "investigated",  # 核查完毕
    "disposed",  # 处置
    "reviewing",  # 审核
    "closed_out",  # 销号
)
LEAD_CLOSED = ("closed_out",)
LEAD_OPEN = tuple(state for state in LEAD_STATES if state not in LEAD_CLOSED)

LEAD_CHANNELS = (
    "inspection",  # 检查核查
    "sampling",  # 监督抽检
    "adverse_event",  # 不良反应（事件）监测
    "online_monitoring",  # 网络监测
    "public_opinion",  # 舆情监测
    "complaint",  # 投诉举报
    "assigned",  # 上级交办
    "transferred",  # 部门移送
)
"""The six channels of the campaign notice, and two more by which leads reach a bureau."""

ESCALATE = "escalate"  # 逾期上报
"""Verb of an event that nobody's hand made: the system told the supervisor that something is overdue."""

RECOUNT = "recount"  # 期限重新计算
"""Verb of another such event: the calendar was announced, and a provisional term was computed again."""

BY_NOBODY = (ESCALATE, RECOUNT)
"""Verbs of events without a hand: no conflict is with them, and a file may go on telling the state."""


@dataclass(frozen=True)
class Move:
    """One thing that can be done to a problem or a lead.

    Parameters
    ----------
    verb : str
        Name of the act, as events keep it.
    sources : frozenset of str
        States in which it can be done.
    target : str or None
        State that it leads to; None: the state stays.
    right : str
        Value of the `data.access.Right` that it asks for.
    """

    verb: str
    sources: frozenset[str]
    target: str | None
    right: str


def _moves(*moves: tuple[str, Sequence[str], str | None, str]) -> dict[str, Move]:
    return {verb: Move(verb, frozenset(sources), target, right) for verb, sources, target, right in moves}


PROBLEM_MOVES = _moves(
    # the way
    ("order", ("found",), "ordered", "handle"),  # 下达整改
    ("reply", ("ordered",), "replied", "handle"),  # 企业反馈
    ("assign_recheck", ("replied", "awaiting_recheck"), "awaiting_recheck", "assign"),  # 指派复查
    ("pass_recheck", ("awaiting_recheck",), "recheck_passed", "record"),  # 复查合格, by a visit
    ("fail_recheck", ("awaiting_recheck",), "ordered", "record"),  # 复查不合格: next round, by a visit
    ("close_out", ("recheck_passed",), "closed_out", "approve"),  # 销号
    # side ways
    ("fix_on_spot", ("found",), "recheck_passed", "handle"),  # 现场改正
    ("amend_order", ("ordered",), None, "handle"),  # 更正通知: until the enterprise has answered
    ("send_back", ("recheck_passed",), "awaiting_recheck", "approve"),  # 退回
    ("ask_extension", ("ordered",), None, "handle"),  # 申请延期
    ("decide_extension", ("ordered",), None, "approve"),  # 延期审批
    ("reassign", PROBLEM_OPEN, None, "assign"),  # 改派
    ("supervise", PROBLEM_OPEN, None, "assign"),  # 挂牌督办
    ("unsupervise", PROBLEM_OPEN, None, "assign"),
    ("file", PROBLEM_OPEN, "filed", "approve"),  # 转立案
    ("transfer", PROBLEM_OPEN, "transferred", "approve"),  # 转移送
    ("acknowledge_transfer", ("filed", "transferred"), None, "approve"),  # 回执
    ("revoke", PROBLEM_OPEN, "revoked", "approve"),  # 撤销
    ("end", PROBLEM_OPEN, "ended", "approve"),  # 终止
)

_BEFORE_REVIEW = ("assigned", "acknowledged", "investigating", "investigated", "disposed")

LEAD_MOVES = _moves(
    # the way
    ("assign", ("registered",), "assigned", "assign"),  # 交办
    ("acknowledge", ("assigned",), "acknowledged", "handle"),  # 签收
    ("investigate", ("acknowledged",), "investigating", "handle"),  # 开始核查
    ("conclude", ("investigating",), "investigated", "handle"),  # 核查完毕
    ("dispose", ("investigated",), "disposed", "handle"),  # 处置
    ("submit", ("disposed",), "reviewing", "handle"),  # 送审
    ("close_out", ("reviewing",), "closed_out", "approve"),  # 销号
    # side ways
    ("match", LEAD_OPEN, None, "intake"),  # 匹配企业
    ("amend", LEAD_OPEN, None, "intake"),  # 补正
    ("return", ("assigned", "acknowledged"), "registered", "handle"),  # 退回交办人
    ("send_back", ("reviewing",), "disposed", "approve"),  # 审核退回
    ("reinvestigate", ("reviewing",), "investigating", "approve"),  # 退回重新核查
    ("reassign", _BEFORE_REVIEW, "assigned", "assign"),  # 改派: signed for anew
    ("merge", tuple(state for state in LEAD_OPEN if state != "reviewing"), "closed_out", "assign"),  # 并案
    ("split", LEAD_OPEN, None, "assign"),  # 拆分
    ("supervise", LEAD_OPEN, None, "assign"),  # 挂牌督办
    ("unsupervise", LEAD_OPEN, None, "assign"),
    ("receipt", ("disposed", "reviewing", "closed_out"), None, "handle"),  # 移送回执
    ("tell", ("investigated", "disposed", "reviewing"), None, "handle"),  # 告知
    ("ask_extension", _BEFORE_REVIEW, None, "handle"),  # 申请延期
    ("decide_extension", _BEFORE_REVIEW, None, "approve"),  # 延期审批
)
