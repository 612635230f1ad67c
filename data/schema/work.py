"""Inspections with findings, problems and leads with their events. Inspections are append-only."""

from __future__ import annotations

import sqlalchemy as sa

from data.schema.base import Json, UtcTime, metadata, origin, pk, ref

inspection = sa.Table(
    "inspection",
    metadata,
    pk(),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("source_id", sa.String, nullable=False),  # a client-made id for entered visits
    sa.Column("revision", sa.Integer, nullable=False, default=1),  # of the source's own corrections
    ref("enterprise_id", "enterprise", nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("source_kind", sa.String),  # the source's own word
    sa.Column("method", sa.String),  # on_site, online
    sa.Column("finished_on", sa.Date, nullable=False),  # local date
    sa.Column("finished_at", UtcTime),  # null where the source knows the day alone
    sa.Column("conclusion", sa.String),  # pass, rectify, fail, other; null: none given
    sa.Column("source_result", sa.String),
    sa.Column("score", sa.Float),
    sa.Column("opinion", sa.String),  # what the enterprise said of it (被检查单位意见)
    sa.Column("unable_reason", sa.String),  # closed, moved, not_found …: 无法检查, never qualifies
    ref("officer_id", "officer", index=True),
    ref("officer2_id", "officer"),
    sa.Column("lon", sa.Float),
    sa.Column("lat", sa.Float),
    sa.Column("distance_m", sa.Float),
    sa.Column("grade", sa.Integer, nullable=False, default=0),  # 0 claimed, 1 recorded, 2 evidenced
    sa.Column("details", Json),
    sa.Column("entered_at", UtcTime),  # the source's own time of entry
    # the first row of the same source that is equal but for its id: kept, counted, flagged
    ref("same_as_id", "inspection"),
    ref("supersedes_id", "inspection"),
    sa.Column("reason", sa.String),
    *origin(),
    sa.UniqueConstraint("source", "source_id", "revision"),
    sa.Index("ix_inspection_supersedes_id", "supersedes_id", unique=True),  # one correction of each
    sa.Index("ix_inspection_enterprise_id_finished_on", "enterprise_id", "finished_on"),
    sa.Index("ix_inspection_recorded_at", "recorded_at"),
    # the latest visits: the wall asks for them at each change
    sa.Index("ix_inspection_finished_on_finished_at", "finished_on", "finished_at"),
)

finding = sa.Table(
    "finding",
    metadata,
    pk(),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("source_id", sa.String, nullable=False),
    ref("enterprise_id", "enterprise", nullable=False, index=True),
    ref("inspection_id", "inspection", index=True),  # null: ambiguous
    # how many visits it could belong to, joined by enterprise and date; more than one: ambiguous
    sa.Column("matches", sa.Integer, nullable=False, default=1),
    # whether it follows the visits of its day; false: its visit was named; null: stored before this was kept
    sa.Column("by_day", sa.Boolean, default=False),
    sa.Column("found_on", sa.Date, nullable=False),
    sa.Column("item_code", sa.String),
    sa.Column("severity", sa.String, nullable=False),  # critical, major, minor, unknown
    sa.Column("text", sa.String),
    sa.Column("clause", sa.String),  # of the law or the checklist that it breaks
    *origin(),
    sa.UniqueConstraint("source", "source_id"),
)

problem = sa.Table(
    "problem",
    metadata,
    pk(),
    ref("finding_id", "finding", nullable=False),
    ref("enterprise_id", "enterprise", nullable=False, index=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("round", sa.Integer, nullable=False, default=1),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("due_provisional", sa.Boolean, nullable=False, default=False),
    sa.Column("closed_on", sa.Date),
    ref("officer_id", "officer", index=True),  # who sees it through; null: the grid's officer
    ref("recheck_officer_id", "officer", index=True),
    sa.Column("recheck_on", sa.Date),  # planned
    sa.Column("asked_until", sa.Date),  # an extension that waits for approval
    sa.Column("supervised", sa.Boolean, nullable=False, default=False),  # 挂牌督办
    sa.Column("returned", sa.String),  # why a supervisor gave it back, until it is done again
    sa.Column("escalated_on", sa.Date),  # when it was told to the supervisor
    sa.Column("version", sa.Integer, nullable=False, default=1),
    *origin(),
    sa.UniqueConstraint("finding_id"),
    sa.Index("ix_problem_state_due_on", "state", "due_on"),
)

problem_event = sa.Table(
    "problem_event",
    metadata,
    pk(),
    ref("problem_id", "problem", nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("from_state", sa.String),
    sa.Column("to_state", sa.String, nullable=False),
    sa.Column("verb", sa.String),  # what was done; null: a file told the new state
    sa.Column("round", sa.Integer, nullable=False, default=1),
    ref("officer_id", "officer"),
    sa.Column("note", sa.String),
    sa.Column("details", Json),
    *origin(),
)

lead = sa.Table(
    "lead",
    metadata,
    pk(),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("source_id", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),  # one of the six-plus-two kinds
    sa.Column("title", sa.String, nullable=False),
    sa.Column("received_on", sa.Date, nullable=False),
    ref("enterprise_id", "enterprise", index=True),  # null: 未匹配
    sa.Column("subject", sa.String),  # whom the source names
    ref("grid_id", "grid", index=True),
    sa.Column("district_code", sa.String, sa.ForeignKey("district.code")),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("state_since", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("due_provisional", sa.Boolean, nullable=False, default=False),
    sa.Column("outcome", sa.String),  # true, partly, false, unverifiable
    sa.Column("disposal", sa.String),
    sa.Column("closed_on", sa.Date),
    sa.Column("text", sa.String),  # what it says
    sa.Column("address", sa.String),  # of the place it names
    sa.Column("number_12315", sa.String),  # of the national platform
    sa.Column("last_received_on", sa.Date),  # of the latest report merged into it: its clock starts there
    sa.Column("rule", sa.String),  # the deadline rule that its day of receipt chose
    ref("officer_id", "officer", index=True),  # who handles it
    sa.Column("result", sa.String),  # what was found out, in words
    sa.Column("asked_until", sa.Date),  # an extension that waits for approval
    sa.Column("extended", sa.Boolean, nullable=False, default=False),
    sa.Column("supervised", sa.Boolean, nullable=False, default=False),  # 挂牌督办
    sa.Column("returned", sa.String),  # why it was given back, until it is done again
    sa.Column("crime", sa.Boolean, nullable=False, default=False),  # 涉嫌犯罪
    sa.Column("receiver", sa.String),  # police or department that it was handed to
    sa.Column("receipt", sa.String),  # their receipt; until then the handing over is open
    ref("inspection_id", "inspection"),  # the visit that looked into it
    ref("merged_into_id", "lead", index=True),
    ref("split_from_id", "lead"),
    sa.Column("escalated_on", sa.Date),
    sa.Column("version", sa.Integer, nullable=False, default=1),
    *origin(),
    sa.UniqueConstraint("source", "source_id"),
    sa.Index("ix_lead_state_due_on", "state", "due_on"),
)

lead_event = sa.Table(
    "lead_event",
    metadata,
    pk(),
    ref("lead_id", "lead", nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("from_state", sa.String),
    sa.Column("to_state", sa.String, nullable=False),
    sa.Column("verb", sa.String),
    ref("officer_id", "officer"),
    sa.Column("note", sa.String),
    sa.Column("details", Json),
    *origin(),
)
