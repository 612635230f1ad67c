"""Personal data in the free fields of an enterprise: masked unless somebody asks for one, with a reason."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from data.reads.labels import REFERENCE, mask_id, mask_name, mask_phone

HIDDEN = "***"
_MASKS = {"person": mask_name, "phone": mask_phone, "number": mask_id}

# Told by the date of birth inside, which a social credit code has not. No word boundary: to a regular
# expression a Chinese character right beside the number is a letter.
_BORN = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID = re.compile(rf"(?<![0-9A-Za-z])[1-9]\d{{5}}{_BORN}\d{{3}}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
# with its area code, or behind a word that announces it: eight digits alone are a day or a document's number
_LANDLINE = re.compile(
    r"(?<![\dA-Za-z-])0\d{2,3}[- —]?[2-9]\d{6,7}(?!\d)|(?<=电话)[:：为是 ]*[2-9]\d{6,7}(?!\d)"
)
_FAMILIES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂"
)
_PERSON = re.compile(
    r"((?:负责人|法定代表人|法人代表|联系人|经办人|经营者|业主|店长|药师|姓名)[:：为是 ]*)"
    rf"([{_FAMILIES}][\u4e00-\u9fff]{{1,2}})(?![\u4e00-\u9fff])"
)
_SMALL = re.compile(r"[\d.,%]{1,6}")


@cache
def _held() -> dict[str, str]:
    with (REFERENCE / "details.csv").open(encoding="utf-8", newline="") as file:
        return {row["field"]: row["holds"] for row in csv.DictReader(file)}


def is_personal(field: str) -> bool:
    """Whether a field of the details holds personal data; one that nobody has looked at may do."""
    return _held().get(field) != "plain"


def mask_text(text: str | None) -> str | None:
    """Hide identity and phone numbers, and names behind a word that announces one, inside a free text."""
    if text is None:
        return None
    for pattern, mask in ((_ID, mask_id), (_MOBILE, mask_phone), (_LANDLINE, mask_phone)):
        text = pattern.sub(lambda m, mask=mask: mask(m[0]), text)  # type: ignore[misc]
    return _PERSON.sub(lambda m: m[1] + mask_name(m[2]), text)


def mask_details(details: Mapping[str, Any] | None, *, ours: bool = False) -> dict[str, Any]:
    """Return the details with personal fields masked, and what is personal hidden in every other text.

    What a field holds is said in ``data/reference/details.csv``; of others only small numbers are shown,
    unless the fields are named by our own code (`ours`), which puts no personal data under other names.
    """
    return {key: _mask(key, value, ours) for key, value in (details or {}).items()}


def _mask(key: str, value: Any, ours: bool) -> Any:
    if isinstance(value, Mapping):
        return mask_details(value, ours=ours)
    if isinstance(value, list):
        return [_mask(key, one, ours) for one in value]
    if value is None or isinstance(value, bool):
        return value
    holds = _held().get(key)
    if holds in _MASKS:
        return _MASKS[holds](str(value))
    if isinstance(value, float) or (isinstance(value, int) and len(str(value)) < 7):
        return value
    if holds is None and not ours and not _SMALL.fullmatch(str(value)):
        return HIDDEN
    return mask_text(str(value))
