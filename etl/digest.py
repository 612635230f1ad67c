"""The daily digest: how many messages of each kind wait for each account, to a file or a mail relay.

It names no enterprise and nobody: it leaves the building, what it counts does not.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from data.schema import message, user
from data.settings import Digest
from data.text import DEFAULT_LANGUAGE, text
from data.writes.messages import KINDS

TIMEOUT_S = 30


@dataclass(frozen=True)
class Letter:
    """What one account is sent."""

    username: str
    subject: str
    body: str


def letters(conn: sa.Connection, day: date) -> list[Letter]:
    """Write a letter for every active account with open messages, in its language."""
    new = sa.func.sum(sa.case((message.c.read_at.is_(None), 1), else_=0))
    query = (
        sa.select(user.c.username, user.c.language, message.c.kind, sa.func.count(), new)
        .join(user, user.c.id == message.c.to_user_id)
        .where(message.c.ended_at.is_(None), user.c.active)
        .group_by(user.c.username, user.c.language, message.c.kind)
    )
    counts: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    for name, language, kind, number, unread in conn.execute(query):
        counts.setdefault((name, language or DEFAULT_LANGUAGE), {})[kind] = (number, int(unread))
    return [_letter(name, language, kinds, day) for (name, language), kinds in sorted(counts.items())]


def _letter(name: str, language: str, kinds: dict[str, tuple[int, int]], day: date) -> Letter:
    total, unread = (sum(part) for part in zip(*kinds.values(), strict=True))
    told = [
        text("inbox.digest_line", language, kind=text(f"inbox.kind_{kind}", language), n=kinds[kind][0])
        for kind in KINDS
        if kind in kinds
    ]
    head = text("inbox.digest_head", language, day=day.isoformat(), n=total, unread=unread)
    product = text("shell.product", language)
    return Letter(
        name,
        text("inbox.digest_subject", language, product=product, day=day.isoformat()),
        "\n".join([head, "", *told, "", text("inbox.digest_foot", language), ""]),
    )


def write_files(written: Sequence[Letter], folder: Path, day: date) -> Path:
    """Write each letter to ``<folder>/<day>/<user name>.txt``, readable by this account alone."""
    into = folder / day.isoformat()
    into.mkdir(parents=True, exist_ok=True)
    into.chmod(0o700)
    for one in written:
        # a user name may hold what no file name can
        name = "".join(c if c.isalnum() or c in "-_." else "_" for c in one.username)
        (into / f"{name}.txt").write_text(f"{one.subject}\n\n{one.body}", encoding="utf-8")
    return into


def send(written: Sequence[Letter], to: Digest, now: datetime) -> None:
    """Send each letter to ``<user name>@<domain>`` through the relay; encrypted where the relay can.

    An address that the relay does not know keeps nobody else's letter.

    The relay's certificate is checked against the machine's own (``SSL_CERT_FILE`` names another file), and a
    password never travels in clear.

    Raises
    ------
    OSError, smtplib.SMTPException
        The relay does not answer, or does not take a letter; of addresses that it refused all are named, once
        the other letters are sent.
    """
    refused: dict[str, tuple[int, bytes]] = {}
    relay = urlsplit(to.relay)
    host = relay.hostname or ""
    trust = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, relay.port or 465, timeout=TIMEOUT_S, context=trust)
        if relay.scheme == "smtps"
        else smtplib.SMTP(host, relay.port or 25, timeout=TIMEOUT_S)
    ) as server:
        if relay.scheme == "smtp":
            server.ehlo()
            if server.has_extn("starttls") or relay.username:
                server.starttls(context=trust)
        if relay.username:
            server.login(unquote(relay.username), unquote(relay.password or ""))
        for one in written:
            mail = EmailMessage()
            mail["From"], mail["To"] = to.sender, f"{one.username}@{to.domain}"
            mail["Subject"], mail["Date"] = one.subject, format_datetime(now)
            mail["Message-ID"] = make_msgid(domain=to.domain)
            mail.set_content(one.body)
            try:
                server.send_message(mail)
            except smtplib.SMTPRecipientsRefused as error:
                refused |= error.recipients
    if refused:
        raise smtplib.SMTPRecipientsRefused(refused)
