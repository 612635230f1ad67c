"""统一社会信用代码 and licence numbers: hints for a person, never a reason to refuse an enterprise."""

from __future__ import annotations

import re

import numpy as np

from etl.cells import found, mangled, mapped, narrow, unspaced
from etl.issues import Bools, Findings, Texts

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_LENGTH = 18
_WEIGHTS = np.array([pow(3, i, 31) for i in range(_LENGTH - 1)])
_FORM = re.compile(rf"^\d{{8}}[{ALPHABET}]{{10}}$")
# 省简称 + 经营方式 A–D + 法人/非法人 + 7 digits; the letter table is not verified, hence a hint only
_LICENCE = re.compile(r"^[\u4e00-\u9fa5][ABCD][AB]\d{7}$")
_BLANKS = re.compile(r"[\s\-]")


def check_uscc(values: Texts) -> Bools:
    """Tell which well-formed codes have the right check character (GB 32100-2015, mod 31).

    The same rule as ``stdnum.cn.uscc``, for a whole column at once; a test holds the two together.
    Codes of another form are False.
    """
    right = np.zeros(len(values), dtype=bool)
    formed = np.flatnonzero(found(values, _FORM))
    if formed.size:
        signs = np.frombuffer("".join(values[formed]).encode("ascii"), dtype=np.uint8).reshape(-1, _LENGTH)
        value_of = np.zeros(128, dtype=np.int64)
        value_of[[ord(sign) for sign in ALPHABET]] = np.arange(len(ALPHABET))
        digits = value_of[signs]
        right[formed] = (31 - digits[:, :-1] @ _WEIGHTS % 31) % 31 == digits[:, -1]
    return right


def uscc(values: Texts, field: str, findings: Findings) -> Texts:
    """Normalise 统一社会信用代码 and warn of those that cannot be right.

    A code that Excel rounded (9.12E+17) is no code any more: it is emptied with a warning.
    """
    values = narrow(values)
    joined = "".join(values.tolist())
    if joined.upper() != joined or _BLANKS.search(joined):
        values = mapped(values, lambda value: _BLANKS.sub("", value).upper())
    values = _without_mangled(values, field, findings)
    present = values != ""
    lengths = np.fromiter(map(len, values.tolist()), dtype=np.int64, count=len(values))
    wrong_length = present & (lengths != _LENGTH)
    findings.add(
        wrong_length, field, "uscc_length", "warning", values,
        each=[{"found": int(n)} for n in lengths[wrong_length]],
    )  # fmt: skip
    right = check_uscc(values)
    doubtful = present & ~wrong_length & ~right
    formed = doubtful & found(values, _FORM) if doubtful.any() else doubtful
    findings.add(doubtful & ~formed, field, "uscc_characters", "warning", values)
    findings.add(formed, field, "uscc_check", "warning", values)
    return values


def licence_number(values: Texts, field: str, findings: Findings, drug: Bools) -> Texts:
    """Normalise licence numbers and warn of drug licences whose form is unusual."""
    values = _without_mangled(unspaced(narrow(values)), field, findings)
    odd = (values != "") & drug
    odd[odd] = ~found(values[odd], _LICENCE)
    findings.add(odd, field, "licence_form", "warning", values)
    return values


def identifier(values: Texts, field: str, findings: Findings, *, required: bool) -> Texts:
    """Normalise an id of the source; one that Excel rounded names nothing any more."""
    values = narrow(values)
    if required:
        findings.add(mangled(values), field, "number_mangled", "error", values)
        return values
    return _without_mangled(values, field, findings)


def _without_mangled(values: Texts, field: str, findings: Findings) -> Texts:
    lost = mangled(values)
    if not lost.any():
        return values
    findings.add(lost, field, "number_mangled", "warning", values)
    return np.where(lost, "", values)
