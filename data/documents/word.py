"""A paper as DOCX."""

from __future__ import annotations

import io

from docx import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from data.documents.model import Document, Table

BODY = "仿宋_GB2312"  # named, not embedded: offices have it, others fall back


def docx(paper: Document) -> bytes:
    """Return the paper as an A4 Word file, its mark in the head of every page."""
    word = Word()
    page = word.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.left_margin = Mm(37), Mm(28)
    page.right_margin, page.bottom_margin = Mm(26), Mm(35)
    style = word.styles["Normal"]
    style.font.name, style.font.size = BODY, Pt(14)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
    mark = page.header.paragraphs[0].add_run(paper.mark)
    mark.bold, mark.font.color.rgb = True, RGBColor(0xA6, 0x20, 0x15)
    title = word.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run(paper.title)
    run.bold, run.font.size = True, Pt(22)
    if paper.number:
        word.add_paragraph(paper.number).alignment = WD_ALIGN_PARAGRAPH.CENTER
    _table(word, Table("", (), paper.pairs))
    for one in paper.paragraphs:
        word.add_paragraph(one)
    for table in paper.tables:
        word.add_paragraph().add_run(table.title).bold = True
        _table(word, table)
    for one in (*paper.closing, "", *(f"{name}：" for name in paper.signs)):
        word.add_paragraph(one)
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def _table(word: object, table: Table) -> None:
    rows = [*([table.heads] if table.heads else []), *table.rows]
    made = word.add_table(rows=len(rows), cols=len(rows[0]))  # type: ignore[attr-defined]
    made.style = "Table Grid"
    for cells, values in zip(made.rows, rows, strict=True):
        for cell, value in zip(cells.cells, values, strict=True):
            cell.text = value
