"""A paper as PDF, set by typst with fonts that come as a package; nothing of the system is used."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst

from data.documents.model import Document

TEMPLATE = Path(__file__).with_name("paper.typ")
FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent


def pdf(paper: Document, signature: bytes | None = None) -> bytes:
    """Return the paper as an A4 PDF, a signature (PNG) on its first line to sign.

    What it says is handed over as data: no text of an enterprise is ever read as markup, and the picture
    as the numbers of its bytes, which typst takes without a file.
    """
    said = {**asdict(paper), "signature": list(signature or b"")}
    return bytes(
        typst.compile(  # type: ignore[misc]  # its stub names a type variable that nothing binds
            TEMPLATE.read_bytes(),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            sys_inputs={"paper": json.dumps(said, ensure_ascii=False)},
        )
    )
