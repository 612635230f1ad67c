"""Personal data in the free fields of an enterprise: masked unless somebody asks for one, with a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from data.reads.labels import mask_id, mask_name, mask_phone

PERSONS = ("legal_rep", "principal", "quality_manager", "pharmacist", "contact", "owner")
PHONES = ("phone", "mobile", "tel", "telephone", "contact_phone", "principal_phone")
NUMBERS = ("id_number", "legal_rep_id", "principal_id")

# Told by the date of birth inside, which a social credit code has not. No word boundary: to a regular
# expression a Chinese character right beside the number is a letter.
_BORN = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID = re.compile(rf"(?<![0-9A-Za-z])[1-9]\d{{5}}{_BORN}\d{{3}}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def is_personal(field: str) -> bool:
    """Whether a field of the details holds personal data."""
    return field in PERSONS or field in PHONES or field in NUMBERS


def mask_text(text: str | None) -> str | None:
    """Hide identity and mobile numbers inside a free text."""
    if text is None:
        return None
    return _MOBILE.sub(lambda m: mask_phone(m[0]), _ID.sub(lambda m: mask_id(m[0]), text))


def mask_details(details: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the details with personal fields masked and numbers hidden in every other text."""
    return {key: _mask(key, value) for key, value in (details or {}).items()}


def _mask(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return mask_details(value)
    if isinstance(value, list):
        return [_mask(key, one) for one in value]
    if value is None or isinstance(value, bool):
        return value
    if key in PERSONS:
        return mask_name(str(value))
    if key in PHONES:
        return mask_phone(str(value))
    if key in NUMBERS:
        return mask_id(str(value))
    if isinstance(value, int) and len(str(value)) < 11:
        return value
    return value if isinstance(value, float) else mask_text(str(value))
