"""Portable column types and the pieces that every table shares."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

BEGINNING = date(1, 1, 1)
"""``valid_from`` of an undated fact: it holds from the beginning of time (起始日不详)."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Json = sa.JSON().with_variant(JSONB, "postgresql")


class UtcTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC without zone in the database (SQLite has no zone type)."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"Expected an aware datetime, got {value!r}; say which time zone it is in.")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Tokens(TypeDecorator[tuple[str, ...]]):
    """A small set of codes kept as ``|a|b|``: searchable by `has_token` alike on both databases."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else pack_tokens(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(part for part in value.split("|") if part)


def pack_tokens(codes: Iterable[str]) -> str:
    """Write codes as ``|a|b|``, sorted; nothing as the empty string."""
    kept = sorted({code for code in codes if code})
    for code in kept:
        if "|" in code:
            raise ValueError(f"Expected a code without '|', got {code!r}; rename it.")
    return f"|{'|'.join(kept)}|" if kept else ""


class position(FunctionElement[int]):  # noqa: N801 - a function of SQL
    """Where a text begins within another, from 1; 0: nowhere."""

    type = sa.Integer()
    inherit_cache = True


@compiles(position)
def _strpos(element: position, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


@compiles(position, "sqlite")
def _instr(element: position, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


def has_token(column: sa.ColumnElement[Any], code: str) -> sa.ColumnElement[bool]:
    """Whether a `Tokens` column contains `code`, letter by letter: SQLite's LIKE is blind to case."""
    return position(sa.type_coerce(column, sa.String), sa.literal(f"|{code}|")) > 0


def has_any_token(column: sa.ColumnElement[Any], codes: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a `Tokens` column contains at least one of `codes`."""
    return sa.or_(sa.false(), *(has_token(column, code) for code in codes))


def pk() -> sa.Column[int]:
    """The surrogate key of a table."""
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


def ref(name: str, target: str, *, nullable: bool = True, index: bool = False) -> sa.Column[int]:
    """A foreign key column to ``target.id``."""
    return sa.Column(name, Id, sa.ForeignKey(f"{target}.id"), nullable=nullable, index=index)


def origin() -> tuple[sa.Column[Any], ...]:
    """Where a row comes from: a batch and its row number, or the user who entered it."""
    return (
        # said apart from the table: users have organisations, which have a batch or a user
        sa.Column("batch_id", Id, sa.ForeignKey("batch.id", use_alter=True)),
        sa.Column("row_no", sa.Integer),
        sa.Column("user_id", Id, sa.ForeignKey("user.id", use_alter=True)),
        sa.Column("recorded_at", UtcTime, nullable=False),
    )
