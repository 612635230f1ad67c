"""Photos and signatures: drawn anew, kept under their hash in the data folder, never executable.

The file is on the disk before the row that names it is committed, so a row never stands without its
file; a file without a row is one that was sent again, or whose sender was refused. `encode` and `store`
work outside a transaction: they take the time, and nobody has to wait for a photo. What nobody takes ends
(`data.writes.attachments_unused`).
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from PIL import ExifTags, Image, UnidentifiedImageError

from data import audit
from data.access import Right, Viewer
from data.errors import Conflict, Refused
from data.schema import attachment
from data.standing import chain
from data.store import inserting

FOLDER = "attachments"
MAX_MB = 12
MAX_PIXELS = 50_000_000
MAX_SIDE = 2048
FORMATS = ("JPEG", "PNG", "WEBP")
WHAT = ("photo", "signature")
SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png"}
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
"""How the camera was held (EXIF orientation) → what sets the picture upright."""
_CLIENT_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_UNSAFE = re.compile(r'[\x00-\x1f/\\:*?"<>|]')


@dataclass(frozen=True)
class Picture:
    """A picture as we drew it."""

    body: bytes
    media: str
    sha256: str


def encode(body: bytes, what: str) -> Picture:
    """Draw a picture anew: what it carried beside its pixels (place, owner, a script) stays behind.

    A photo becomes a JPEG of at most `MAX_SIDE` pixels, a signature a PNG.

    Raises
    ------
    Refused
        ``attachment_what``, ``attachment_large``, ``attachment_kind`` (not JPEG, PNG or WebP by its
        content, whatever its name says), ``attachment_broken``.
    """
    if what not in WHAT:
        raise Refused("attachment_what", field="file", got=what[:40], known=", ".join(WHAT))
    if len(body) > MAX_MB * 1024 * 1024:
        raise Refused("attachment_large", field="file", mb=MAX_MB)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(body), formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise Refused("attachment_pixels", field="file", most=MAX_PIXELS // 1_000_000)
            if picture.format == "JPEG":
                picture.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a large photo is decoded small at once
            turn = _turn(picture)
            picture.thumbnail((MAX_SIDE, MAX_SIDE))
            drawn = picture if turn is None else picture.transpose(turn)
            out = io.BytesIO()
            bare = drawn.convert("RGBA") if what == "signature" else _opaque(drawn)
            bare.info.clear()  # comments and profiles would be written again
            if what == "signature":
                bare.save(out, "PNG", optimize=True)
            else:
                bare.save(out, "JPEG", quality=82, optimize=True)
    except UnidentifiedImageError as error:
        raise Refused("attachment_kind", field="file") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("attachment_broken", field="file") from None
    made = out.getvalue()
    media = "image/png" if what == "signature" else "image/jpeg"
    return Picture(made, media, hashlib.sha256(made).hexdigest())


def store(data: Path, picture: Picture) -> None:
    """Write a picture under its hash; after this it survives a power cut."""
    path = path_of(data, picture.sha256)
    try:
        os.utime(path)  # wanted again: it is not erased with a row that nobody took
        return
    except FileNotFoundError:
        pass
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(picture.body)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    for folder in (path.parent, path.parent.parent):
        _sync(folder)


def path_of(data: Path, sha256: str) -> Path:
    """Return where a file of this hash lies; its name says nothing to an operating system."""
    return data / FOLDER / sha256[:2] / sha256


def note(
    conn: sa.Connection, viewer: Viewer, picture: Picture, *, client_id: str, what: str, name: str,
    item_code: str | None = None, taken_at: datetime | None = None, now: datetime,
) -> int:  # fmt: skip
    """Note a stored picture; it belongs to its sender until a visit (or another act) takes it.

    Raises
    ------
    Denied
        Without `Right.RECORD`.
    Refused
        ``attachment_client_id``.
    Conflict
        ``attachment_resent``: somebody else's picture has that id.
    """
    viewer.require(Right.RECORD)
    if not _CLIENT_ID.fullmatch(client_id):
        raise Refused("attachment_client_id", field="file")
    plain = _UNSAFE.sub("_", Path(name.replace("\\", "/")).name).strip(". ")[-120:] or what
    row = {
        "client_id": client_id, "item_code": item_code, "what": what, "name": plain, "media": picture.media,
        "sha256": picture.sha256, "size": len(picture.body), "taken_at": taken_at,
        "user_id": viewer.user_id, "recorded_at": now,
    }  # fmt: skip
    new = conn.execute(
        inserting(conn.dialect, attachment)
        .values(row)
        .on_conflict_do_nothing(index_elements=["client_id"])
        .returning(attachment.c.id)
    ).scalar()
    if new is not None:
        audit.append(
            conn, viewer, "attachment.keep", "attachment", new, now=now, what=what, sha256=picture.sha256,
            size=len(picture.body),
        )  # fmt: skip
        return int(new)
    sent = conn.execute(sa.select(attachment).where(attachment.c.client_id == client_id)).one()
    if sent.user_id != viewer.user_id or sent.what != what:
        raise Conflict("attachment_resent", field="file")
    return int(sent.id)


def take(
    conn: sa.Connection, viewer: Viewer, client_ids: Sequence[str], object: str, object_id: int
) -> list[int]:
    """Let pictures of the same account belong to a visit, a problem or a lead; return their ids.

    Raises
    ------
    Refused
        ``attachment_missing``: one did not arrive, is somebody else's, or belongs elsewhere already.
    """
    if not client_ids:
        return []
    a = attachment.c
    where = (
        a.client_id.in_(client_ids), a.user_id.is_not_distinct_from(viewer.user_id), a.object.is_(None)
    )  # fmt: skip
    done = conn.execute(
        sa.update(attachment).where(*where).values(object=object, object_id=object_id).returning(a.id)
    )
    ids = sorted(done.scalars())
    if len(ids) != len(set(client_ids)):
        raise Refused("attachment_missing", field="attachments", n=len(set(client_ids)) - len(ids))
    return ids


def attached(conn: sa.Connection, inspection_id: int) -> list[str]:
    """Return the client ids of a visit's attachments, and of those of the rows that it corrects."""
    here = sa.and_(
        attachment.c.object == "inspection", attachment.c.object_id.in_(chain(conn, inspection_id))
    )
    return list(conn.execute(sa.select(attachment.c.client_id).where(here)).scalars())


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """Return what sets a picture upright; notes of the camera that cannot be read say nothing.

    They alone are read: all others stay behind, so that what is broken among them breaks no photo.
    """
    try:
        return TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # the library promises nothing of what it raises there
        return None


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture
    whole = picture.convert("RGBA")
    ground = Image.new("RGBA", whole.size, "white")
    ground.alpha_composite(whole)
    return ground.convert("RGB")


def _sync(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; its file system keeps renames by itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
