"""States of problems and leads: their names, and which of them end the story."""

from __future__ import annotations

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
