"""统一社会信用代码: our column-wide check against python-stdnum and published codes."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as reference

from etl.codes import ALPHABET, check_uscc


def column(*codes: str) -> np.ndarray:
    return np.array(codes, dtype=object)


def test_published_codes_are_judged_as_published(shared_dir):
    vectors = json.loads((shared_dir / "vectors" / "uscc_vectors.json").read_text("utf-8"))["vectors"]
    found = check_uscc(column(*(v.get("normalised", v["code"]) for v in vectors)))
    assert found.tolist() == [v["gb32100_check"] for v in vectors]
    assert len(vectors) > 200


bodies = st.tuples(
    st.text("0123456789", min_size=8, max_size=8), st.text(ALPHABET, min_size=9, max_size=9)
).map("".join)


@given(st.lists(st.tuples(bodies, st.sampled_from(ALPHABET)).map("".join), min_size=1, max_size=20))
def test_a_column_is_judged_as_stdnum_judges_each_code(codes):
    assert check_uscc(column(*codes)).tolist() == [reference.is_valid(code) for code in codes]


@given(bodies)
def test_exactly_one_check_character_is_right(body):
    assert check_uscc(column(*(body + sign for sign in ALPHABET))).sum() == 1


@given(bodies, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_changed_character_is_noticed(body, at, sign):
    right = next(body + s for s in ALPHABET if check_uscc(column(body + s))[0])
    if right[at] == sign or (at < 8 and not sign.isdigit()):
        return
    assert not check_uscc(column(right[:at] + sign + right[at + 1 :]))[0]


@given(st.lists(st.text(max_size=20), max_size=10))
def test_no_text_makes_the_check_fail(codes):
    assert len(check_uscc(column(*codes))) == len(codes)
