"""What people owe each other: rectification, loans, evidence, papers, questions, messages, locked periods."""

from __future__ import annotations

import sqlalchemy as sa

from data.schema.base import Json, UtcTime, metadata, origin, pk, ref

rectification = sa.Table(
    "rectification",
    metadata,
    pk(),
    ref("problem_id", "problem", nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("kind", sa.String, nullable=False),  # on_spot, immediate, term
    sa.Column("number", sa.String),  # of the order (责令改正通知书 文号)
    sa.Column("ordered_on", sa.Date),
    sa.Column("due_on", sa.Date),
    sa.Column("replied_on", sa.Date),
    sa.Column("reply", sa.String),
    ref("officer_id", "officer"),  # who rechecked
    ref("inspection_id", "inspection"),  # the recheck
    sa.Column("rechecked_on", sa.Date),
    sa.Column("passed", sa.Boolean),
    sa.Column("same_officer", sa.Boolean),  # rechecked by who had found it: allowed, flagged
    sa.Column("reason", sa.String),  # why it did not pass
    ref("notice_of", "rectification", index=True),  # the round that heads its notice; null: its own
    *origin(),
    sa.UniqueConstraint("problem_id", "round"),
)

loan = sa.Table(  # an officer lent to a grid, or given one enterprise of another (cross-check)
    "loan",
    metadata,
    pk(),
    ref("officer_id", "officer", nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),  # lend, cross
    ref("grid_id", "grid", index=True),
    ref("enterprise_id", "enterprise", index=True),  # exactly one of the two
    sa.Column("from_on", sa.Date, nullable=False),
    sa.Column("to_on", sa.Date, nullable=False),
    sa.Column("task", sa.String, nullable=False),  # what for
    sa.Column("ended_on", sa.Date),  # taken back before its end
    *origin(),
)

attachment = sa.Table(  # a photo, a signature, a paper: the file lies in the data folder under its hash
    "attachment",
    metadata,
    pk(),
    sa.Column(
        "client_id", sa.String, nullable=False, unique=True
    ),  # the browser made it: sent again is the same
    sa.Column("object", sa.String),  # inspection, problem, lead; null: not used yet
    sa.Column("object_id", sa.BigInteger),
    sa.Column("item_code", sa.String),  # the checklist's item that it shows
    sa.Column("what", sa.String, nullable=False),  # photo, signature, file
    sa.Column("name", sa.String, nullable=False),
    sa.Column("media", sa.String, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("taken_at", UtcTime),
    *origin(),
    sa.Index("ix_attachment_object", "object", "object_id"),
)

paper = sa.Table(  # one row each time a paper is handed in for approval; the latest one counts
    "paper",
    metadata,
    pk(),
    ref("enterprise_id", "enterprise", nullable=False, index=True),
    ref("inspection_id", "inspection", index=True),  # a record of inspection; or
    ref("rectification_id", "rectification", index=True),  # an order to rectify: exactly one of the two
    sa.Column("state", sa.String, nullable=False),  # submitted, approved, returned
    sa.Column("seal", sa.String, nullable=False),  # sha256 of the facts that it said
    sa.Column("decided_at", UtcTime),
    ref("decided_by", "user"),
    sa.Column("reason", sa.String),  # why it was given back
    *origin(),  # who handed it in, and when
)

question = sa.Table(  # what an officer found to be otherwise than recorded: a steward answers
    "question",
    metadata,
    pk(),
    ref("enterprise_id", "enterprise", nullable=False, index=True),
    ref("inspection_id", "inspection"),
    sa.Column("kind", sa.String, nullable=False),  # status, point
    sa.Column("asked", Json, nullable=False),  # unable_reason; or lon, lat, distance_m, note
    sa.Column("state", sa.String, nullable=False),  # open, accepted, refused
    sa.Column("answer", sa.String),
    sa.Column("answered_at", UtcTime),
    ref("answered_by", "user"),
    *origin(),
    sa.Index("ix_question_state", "state"),
)

message = sa.Table(  # the inbox: ends when its cause ends
    "message",
    metadata,
    pk(),
    ref("to_user_id", "user", nullable=False),
    sa.Column("kind", sa.String, nullable=False),  # assigned, due_soon, overdue, returned …
    sa.Column("object", sa.String, nullable=False),  # problem, lead, question, loan, record, order
    sa.Column("object_id", sa.BigInteger, nullable=False),
    sa.Column("cause", sa.String, nullable=False),  # with user, kind and object: told once for each cause
    sa.Column("params", Json, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("read_at", UtcTime),
    sa.Column("acknowledged_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.UniqueConstraint("to_user_id", "object", "object_id", "kind", "cause"),
    sa.Index("ix_message_object", "object", "object_id"),
)

reporter = sa.Table(  # who reported a lead: apart from it, personal, confidential (Order 121 art. 37)
    "reporter",
    metadata,
    pk(),
    ref("lead_id", "lead", nullable=False, index=True),
    sa.Column("name", sa.String),
    sa.Column("phone", sa.String),
    sa.Column("address", sa.String),
    *origin(),
)

period_lock = sa.Table(  # a period whose leads all have their outcome
    "period_lock",
    metadata,
    pk(),
    sa.Column("from_on", sa.Date, nullable=False),
    sa.Column("to_on", sa.Date, nullable=False),
    sa.Column("leads", sa.Integer, nullable=False),
    *origin(),
    sa.UniqueConstraint("from_on", "to_on"),
)

platform_check = sa.Table(  # somebody looked whether a platform from which leads come has new ones
    "platform_check",
    metadata,
    pk(),
    sa.Column("platform", sa.String, nullable=False),  # the source profile of its files
    *origin(),
)
