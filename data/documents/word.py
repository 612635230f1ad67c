"""A paper as DOCX."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from docx import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from data.documents.model import Document

BODY = "仿宋_GB2312"  # named, not embedded: offices have it, others fall back
RED = RGBColor(0xA6, 0x20, 0x15)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # no XML can say them, a file from elsewhere may


def docx(paper: Document, signature: bytes | None = None) -> bytes:
    """Return the paper as an A4 Word file, its mark in the head of every page, a signature (PNG) on the
    first line to sign.
    """
    word = Word()
    page = word.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.left_margin = Mm(37), Mm(28)
    page.right_margin, page.bottom_margin = Mm(26), Mm(35)
    style = word.styles["Normal"]
    style.font.name, style.font.size = BODY, Pt(14)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
    mark = page.header.paragraphs[0].add_run(paper.mark)
    mark.bold, mark.font.color.rgb = True, RED
    title = word.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run(paper.title)
    run.bold, run.font.size = True, Pt(22)
    for under, colour in ((paper.number, None), (paper.note, RED)):
        if under:
            line = word.add_paragraph()
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            line.add_run(_printable(under)).font.color.rgb = colour
    _table(word, paper.pairs)
    for one in [paper.addressee] * bool(paper.addressee) + list(paper.paragraphs):
        word.add_paragraph(_printable(one))
    for table in paper.tables:
        heading = word.add_paragraph()
        heading.add_run(table.title).bold = True
        heading.paragraph_format.keep_with_next = True
        _table(word, [table.heads, *table.rows])
    for one in (*paper.closing, ""):
        word.add_paragraph(_printable(one))
    for n, name in enumerate(paper.signs):
        line = word.add_paragraph(f"{name}：")
        if n == 0 and signature:
            line.add_run().add_picture(io.BytesIO(signature), height=Mm(14))
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def _table(word: object, rows: Sequence[Sequence[str]]) -> None:
    made = word.add_table(rows=len(rows), cols=len(rows[0]))  # type: ignore[attr-defined]
    made.style = "Table Grid"
    for cells, values in zip(made.rows, rows, strict=True):
        for cell, value in zip(cells.cells, values, strict=True):
            cell.text = _printable(value)


def _printable(text: str) -> str:
    return _CONTROL.sub("", text)
