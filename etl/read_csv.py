"""Delimited text of any usual encoding, with any line ends, damaged quotes included."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from data.errors import Refused

DELIMITERS = ",\t;|"
_CELL_LIMIT = 1_000_000
_SAMPLE = 400_000


def rows(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Iterator[list[str]]:
    """Yield the records of a delimited text file.

    An unclosed quote would swallow the rest of the file: such a file is read line by line instead, so that
    only the damaged row suffers. Bytes of value zero become U+FFFD, which no database refuses.

    Raises
    ------
    Refused
        ``file_encoding``: not the declared encoding, or neither UTF-8 nor GB18030.
    """
    text = decode(path.read_bytes(), encoding, path.name)
    mark = delimiter or sniff(text)
    csv.field_size_limit(_CELL_LIMIT)
    if not _quotes_close(text, mark):
        return (_line(line, mark) for line in io.StringIO(text))
    return csv.reader(io.StringIO(text, newline=""), delimiter=mark)


def decode(content: bytes, encoding: str | None, name: str) -> str:
    """Return the text: the declared encoding, else what a byte order mark says, UTF-8 or GB18030."""
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    chosen = next((codec for mark, codec in marks if content.startswith(mark)), None)
    if chosen is None:
        if encoding is None:
            return _clean(_guess(content, name))
        chosen = encoding
    try:
        return _clean(content.decode(chosen))
    except LookupError:
        raise Refused("file_encoding_unknown", file=name, encoding=chosen) from None
    except UnicodeDecodeError as error:
        raise _undecodable(content, error, chosen, name) from None


def sniff(text: str) -> str:
    """Return the delimiter that the first record with text uses most; a comma when there is none."""
    head = next((line for line in io.StringIO(text[:_SAMPLE]) if line.strip()), "")
    outside = "".join(head.split('"')[::2])
    best = max(DELIMITERS, key=outside.count)
    if outside.count(best):
        return best
    # a title row holds no delimiter: ask the rows below it
    below = text[:_SAMPLE]
    return max(DELIMITERS, key=below.count) if any(d in below for d in DELIMITERS) else ","


def _guess(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        utf8 = error
    try:
        found = content.decode("gb18030")
    except UnicodeDecodeError:
        raise _undecodable(content, utf8, "UTF-8 / GB18030", name) from None
    # GB18030 can read most bytes as something: real Chinese text is nearly all of common characters
    wide = [sign for sign in found[:_SAMPLE] if sign > "\x7f"]
    common = sum(_is_common(sign) for sign in wide)
    if common < 0.9 * len(wide):
        raise _undecodable(content, utf8, "UTF-8 / GB18030", name)
    return found


def _is_common(sign: str) -> bool:
    try:
        return len(sign.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def _undecodable(content: bytes, error: UnicodeDecodeError, encoding: str, name: str) -> Refused:
    line = content.count(b"\n", 0, error.start) + 1
    return Refused("file_encoding", file=name, encoding=encoding, line=line)


def _clean(text: str) -> str:
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def _quotes_close(text: str, mark: str) -> bool:
    """Whether no quoted cell runs on to the end of the file or beyond any sensible length."""
    if text.count('"') % 2 == 0:
        return True
    last: list[str] = []
    width = 0
    try:
        for last in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            width = width or len(last)
    except csv.Error:
        return False
    return not any("\n" in cell or "\r" in cell for cell in last) and len(last) >= width


def _line(line: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=mark), [])
    except csv.Error:
        return line.rstrip("\r\n").split(mark)
