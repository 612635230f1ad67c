"""Synthetic codes that pass every check: 统一社会信用代码 and licence numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: no I, O, S, V, Z."""

_WEIGHTS = np.array([pow(3, i, 31) for i in range(17)])
_BODY_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])  # GB 11714
_BODY_VALUES = np.array([int(c, 36) for c in ALPHABET])  # there letters count A = 10 … Z = 35


def credit_codes(kinds: list[str], districts: list[str], rng: np.random.Generator) -> list[str]:
    """Make distinct 统一社会信用代码 with correct check characters, inner (GB 11714) and outer.

    Parameters
    ----------
    kinds : list of str
        First two characters: ``91`` company, ``92`` individual business, ``12`` public institution …
    districts : list of str
        Six-digit district of registration.
    rng : numpy.random.Generator
    """
    count = len(kinds)
    numbers = rng.choice(31**5, size=count, replace=False)
    body = np.empty((count, 8), dtype=np.int64)
    body[:, :3] = [ALPHABET.index(c) for c in "MA0"]
    for place in range(5):
        body[:, 3 + place] = numbers // 31**place % 31
    inner = 11 - (_BODY_VALUES[body] * _BODY_WEIGHTS).sum(axis=1) % 11
    check = np.where(inner == 10, ALPHABET.index("X"), inner % 11)
    head = np.array([[int(c) for c in k + d] for k, d in zip(kinds, districts, strict=True)])
    digits = np.column_stack([head, body, check])
    outer = (31 - (digits * _WEIGHTS).sum(axis=1) % 31) % 31
    letters = np.array(list(ALPHABET))
    return ["".join(letters[row]) for row in np.column_stack([digits, outer])]


def licence_numbers(modes: npt.ArrayLike) -> list[str]:
    """Number drug licences one after the other: 辽 + mode + 024 + four digits within the mode.

    ``modes`` holds two letters: A wholesale, B chain, C chain store, D single shop; then A for a legal
    person, B for none; an empty mode has no drug licence.
    """
    seen: dict[str, int] = {}
    numbers = []
    for mode in np.asarray(modes).tolist():
        if not mode:
            numbers.append("")
            continue
        seen[mode] = seen.get(mode, 0) + 1
        numbers.append(f"辽{mode}024{seen[mode]:04d}")
    return numbers
