"""Delimited text of any usual encoding, with any line ends, damaged quotes included."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from data.errors import Refused

DELIMITERS = ",\t;|"
_CELL_LIMIT = 1_000_000
_SAMPLE = 400_000
_WIDE = 4
_CHINESE = re.compile("[\u4e00-\u9fff]")


def rows(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, header_row: int = 1
) -> Iterator[list[str]]:
    """Yield the records of a delimited text file.

    A quote that is not closed would swallow the rows up to the next one: its line is read by itself
    instead, so that only the damaged row suffers. Bytes of value zero become U+FFFD, which every database
    takes.

    Raises
    ------
    Refused
        ``file_encoding``: not the declared encoding, or neither UTF-8 nor GB18030;
        ``file_encoding_mixed``: some lines in one, some in the other.
    """
    text = decode(path.read_bytes(), encoding, path.name)
    mark = delimiter or sniff(text, header_row)
    return records(text, mark, header_row)


def records(text: str, mark: str, header_row: int = 1) -> Iterator[list[str]]:
    """Yield the records of a text, and take apart those that an unclosed quote has made of several."""
    csv.field_size_limit(_CELL_LIMIT)
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=mark) if '"' not in text else _mended(lines, mark, header_row)


def _mended(lines: Iterator[str], mark: str, header_row: int) -> Iterator[list[str]]:
    waiting: list[str] = []
    read: list[str] = []  # the lines of the record at hand

    def feed() -> Iterator[str]:
        while True:
            line = waiting.pop() if waiting else next(lines, None)
            if line is None:
                return
            read.append(line)
            yield line

    width, number = 0, 0
    parser = csv.reader(feed(), delimiter=mark)
    while True:
        read.clear()
        try:
            record = next(parser, None)
            damaged = len(read) > 1 and _is_damaged(read, mark, width)
        except csv.Error:  # a cell beyond any sensible length
            damaged = True
        if damaged:
            waiting.extend(reversed(read[1:]))
            record = _line(read[0], mark)
            parser = csv.reader(feed(), delimiter=mark)
        if record is None:
            return
        number += 1
        if number == header_row:
            width = max((at for at, cell in enumerate(record, start=1) if cell.strip()), default=0)
        yield record


def _is_damaged(lines: list[str], mark: str, width: int) -> bool:
    """Whether a record of several lines is no quoted cell with line breaks, but rows that were swallowed.

    Every quoted cell has an even number of quotes. So have two damaged rows together: then whole rows
    between them tell, in tables of so many columns that no text looks like a row.
    """
    if sum(line.count('"') for line in lines) % 2:
        return True
    return width >= _WIDE and any('"' not in line and line.count(mark) == width - 1 for line in lines)


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


def sniff(text: str, header_row: int = 1) -> str:
    """Return the delimiter that the header, or else the rows below it, use most; else a comma."""
    below = islice(io.StringIO(text[:_SAMPLE], newline=None), header_row - 1, None)
    head = next((line for line in below if line.strip()), "")
    outside = "".join(head.split('"')[::2])
    best = max(DELIMITERS, key=outside.count)
    if outside.count(best):
        return best
    rest = "".join(below)
    return max(DELIMITERS, key=rest.count) if any(d in rest for d in DELIMITERS) else ","


def _guess(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        utf8 = error
    _refuse_mixed(content, name)
    found = _gb18030(content)
    if found is None:
        raise _undecodable(content, utf8, "UTF-8 / GB18030", name)
    return found


def _gb18030(content: bytes) -> str | None:
    """Return the text if it is Chinese: GB18030 can read most bytes as something.

    Real Chinese text is nearly all of common characters.
    """
    try:
        found = content.decode("gb18030")
    except UnicodeDecodeError:
        return None
    wide = [sign for sign in found[:_SAMPLE] if sign > "\x7f"]
    return found if sum(map(_is_common, wide)) >= 0.9 * len(wide) else None


def _refuse_mixed(content: bytes, name: str) -> None:
    """Refuse lines of both encodings: read as one of them, those of the other would be gibberish."""
    first: dict[str, int] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            # bytes of GB18030 are hardly ever UTF-8 by chance, and then not Chinese
            if len(_CHINESE.findall(line.decode("utf-8"))) > 1:
                first.setdefault("utf8", number)
        except UnicodeDecodeError:
            if "gb" not in first and _gb18030(line) is not None:
                first["gb"] = number
        if len(first) == 2:
            raise Refused("file_encoding_mixed", file=name, utf8=first["utf8"], gb=first["gb"])


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


def _line(line: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=mark), [])
    except csv.Error:
        return line.rstrip("\r\n").split(mark)
