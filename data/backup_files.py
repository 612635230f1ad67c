"""The attachments in a backup: each under its hash, which is also what it is checked by."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import sqlalchemy as sa

from data.errors import Refused
from data.schema import attachment
from data.writes.attachments import FOLDER, Picture, path_of, store


def pack_files(conn: sa.Connection, pack: zipfile.ZipFile, data: Path) -> dict[str, int]:
    """Write the files that the attachments name; return how many there are and how many are lost.

    A file that is lost stops no backup: what is still there is worth more then, not less.
    """
    told = {"files": 0, "lost": 0}
    hashes = sa.select(attachment.c.sha256).distinct().order_by(attachment.c.sha256)
    for sha256 in conn.execute(hashes).scalars():
        path = path_of(data, sha256)
        if path.is_file():
            # a photo is compressed already
            pack.write(path, f"{FOLDER}/{sha256}", zipfile.ZIP_STORED)
            told["files"] += 1
        else:
            told["lost"] += 1
    return told


def unpack_files(pack: zipfile.ZipFile, data: Path) -> int:
    """Store the files of a backup; return how many.

    Raises
    ------
    Refused
        ``backup_damaged``: a file is not what its name says.
    """
    names = [name for name in pack.namelist() if name.startswith(f"{FOLDER}/")]
    for name in names:
        body, sha256 = pack.read(name), name.removeprefix(f"{FOLDER}/")
        if hashlib.sha256(body).hexdigest() != sha256:
            raise Refused("backup_damaged", table=FOLDER, detail=sha256[:80])
        store(data, Picture(body, "", sha256))
    return len(names)
