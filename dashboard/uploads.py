"""Uploaded files: each in a folder of its own under the data folder, named by a token nobody guesses."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from pathlib import Path

from data.errors import NotFound, Refused

MAX_MB = 40
MAX_BODY = MAX_MB * 1024 * 1024 * 4 // 3 + 1024 * 1024
"""What a request may weigh: such a file as text, as browsers send it, and what stands around it."""
SUFFIXES = (".csv", ".xlsx", ".geojson", ".json", ".zip", ".gpkg")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_UNSAFE = re.compile(r'[\x00-\x1f/\\:*?"<>|]')


def keep(folder: Path, owner: str, name: str, contents: str) -> str:
    """Store what ``dcc.Upload`` sent and return its token.

    Parameters
    ----------
    folder : Path
        Where uploads live; made if it is missing.
    owner : str
        Who uploads: another account's token opens nothing.
    contents : str
        A data address, base64.

    Raises
    ------
    Refused
        ``upload_type``, ``upload_large``, ``upload_broken``.
    """
    plain = _UNSAFE.sub("_", Path(name.replace("\\", "/")).name).strip(". ")[-120:] or "file"
    if Path(plain).suffix.lower() not in SUFFIXES:
        raise Refused("upload_type", field="file", got=plain)
    try:
        body = base64.b64decode(contents.partition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("upload_broken", field="file", got=plain) from error
    if len(body) > MAX_MB * 1024 * 1024:
        raise Refused("upload_large", field="file", got=plain, mb=MAX_MB)
    token = secrets.token_hex(16)
    place = folder / _owner(owner) / token
    place.mkdir(parents=True, mode=0o700)
    (place / plain).write_bytes(body)
    return token


def find(folder: Path, owner: str, token: object) -> Path:
    """Return the file behind a token of the same owner.

    Raises
    ------
    NotFound
        ``upload_gone``.
    """
    place = folder / _owner(owner) / token if isinstance(token, str) and _TOKEN.fullmatch(token) else None
    if place is None or not place.is_dir():
        raise NotFound("upload_gone", field="file")
    return next(iter(sorted(place.iterdir())))


def require(path: str) -> None:
    """Raise `NotFound` (``upload_gone``) if a file that was found before is erased by now."""
    if not Path(path).is_file():
        raise NotFound("upload_gone", field="file")


def _owner(owner: str) -> str:
    return re.sub(r"[^\w-]", "_", owner)
