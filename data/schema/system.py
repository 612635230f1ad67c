"""Who uses the system, what came in, what was done: users, tokens, batches, jobs, the audit log."""

from __future__ import annotations

import sqlalchemy as sa

from data.schema.base import Id, Json, UtcTime, metadata, pk, ref

setting = sa.Table(
    "setting",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("value", Json, nullable=False),
)

user = sa.Table(
    "user",
    metadata,
    pk(),
    sa.Column("username", sa.String, nullable=False, unique=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False),
    ref("org_id", "org"),
    ref("officer_id", "officer"),
    sa.Column("password_hash", sa.String, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False, default=True),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    sa.Column("demo", sa.Boolean, nullable=False, default=False),
    sa.Column("language", sa.String),
    sa.Column("theme", sa.String),
    # changed with the password and on deactivation: sessions that carry another epoch are over
    sa.Column("session_epoch", sa.Integer, nullable=False, default=0),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, default=1),
)

password_history = sa.Table(
    "password_history",
    metadata,
    # the passwords that somebody chose, the present one last: none is used again soon, none for ever
    pk(),
    ref("user_id", "user", nullable=False, index=True),
    sa.Column("password_hash", sa.String, nullable=False),
    sa.Column("set_at", UtcTime, nullable=False),
)

login_failure = sa.Table(
    "login_failure",
    metadata,
    # a user name, or "ip:…": both are limited, whether or not such a user exists
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
    sa.Column("locked_until", UtcTime),
)

wall_token = sa.Table(
    "wall_token",
    metadata,
    pk(),
    sa.Column("name", sa.String, nullable=False),
    ref("org_id", "org"),
    sa.Column("token_hash", sa.String, nullable=False, unique=True),
    sa.Column("created_at", UtcTime, nullable=False),
    ref("created_by", "user"),
    sa.Column("revoked_at", UtcTime),
)

api_token = sa.Table(
    "api_token",
    metadata,
    pk(),
    sa.Column("name", sa.String, nullable=False),
    ref("user_id", "user", nullable=False),  # an API client acts with this user's role and scope
    sa.Column("token_hash", sa.String, nullable=False, unique=True),
    sa.Column("created_at", UtcTime, nullable=False),
    ref("created_by", "user"),
    sa.Column("revoked_at", UtcTime),
)

batch = sa.Table(
    "batch",
    metadata,
    pk(),
    sa.Column("kind", sa.String, nullable=False),  # enterprises, inspections, grids, …
    sa.Column("source", sa.String, nullable=False),
    sa.Column("profile", sa.String),
    sa.Column("filename", sa.String, nullable=False),
    sa.Column("sha256", sa.String, nullable=False, index=True),
    sa.Column("rows", sa.Integer, nullable=False, default=0),
    sa.Column("inserted", sa.Integer, nullable=False, default=0),
    sa.Column("changed", sa.Integer, nullable=False, default=0),
    sa.Column("unchanged", sa.Integer, nullable=False, default=0),
    sa.Column("quarantined", sa.Integer, nullable=False, default=0),
    sa.Column("warned", sa.Integer, nullable=False, default=0),
    sa.Column("user_id", Id, sa.ForeignKey("user.id")),
    sa.Column("recorded_at", UtcTime, nullable=False),
)

import_issue = sa.Table(
    "import_issue",
    metadata,
    pk(),
    ref("batch_id", "batch", nullable=False, index=True),
    sa.Column("level", sa.String, nullable=False),  # error: quarantined; warning: taken; notice: of the file
    sa.Column("line", sa.Integer),
    sa.Column("field", sa.String),
    sa.Column("code", sa.String, nullable=False),
    sa.Column("value", sa.String),
    sa.Column("params", Json, nullable=False, default=dict),
    sa.Column("raw", Json),  # the whole row as read, for errors: nothing is lost
    sa.Column("source_id", sa.String),
    ref("resolved_by", "batch"),  # the later batch that took the corrected row
)

job = sa.Table(
    "job",
    metadata,
    pk(),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("params", Json, nullable=False, default=dict),
    sa.Column("state", sa.String, nullable=False, index=True),  # queued running done failed cancelled
    sa.Column("stage", sa.String),  # what it is at; done and total count within it
    sa.Column("done", sa.Integer, nullable=False, default=0),
    sa.Column("total", sa.Integer),
    sa.Column("result", Json),
    sa.Column("error", Json),
    sa.Column("cancel", sa.Boolean, nullable=False, default=False),
    ref("user_id", "user"),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("beat_at", UtcTime),
    sa.Column("ended_at", UtcTime),
)

audit = sa.Table(
    "audit",
    metadata,
    # the chain's own count: gaps and re-ordering show
    sa.Column(
        "seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False
    ),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String, nullable=False, index=True),
    sa.Column("role", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False, index=True),
    sa.Column("object_kind", sa.String, nullable=False),
    sa.Column("object_id", sa.String, nullable=False),
    sa.Column("success", sa.Boolean, nullable=False),
    sa.Column("detail", Json, nullable=False),
    sa.Column("prev_hash", sa.String, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.Index("ix_audit_object", "object_kind", "object_id"),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
)

denial = sa.Table(
    "denial",
    metadata,
    # one row per actor, route and minute; the first of a minute also writes an audit row
    sa.Column("actor", sa.String, primary_key=True),
    sa.Column("route", sa.String, primary_key=True),
    sa.Column("minute", UtcTime, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
