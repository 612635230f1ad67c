"""What a browser test waits for before its next key: an act's answer, never a time; and where keys lead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

SETTLED = """(still) => {
  const { stored, completed, ...pending } = window.store ? window.store.getState().callbacks : { a: [1] };
  const busy = Object.values(pending).some((some) => some.length)
    || document.querySelector(".ag-row-loading, .gw-cell-wait");
  return (still.frames = busy ? 0 : still.frames + 1) > 2;
}"""
"""Asked at each frame; between two callbacks of a chain there may be one at which none is on its way."""


def settled(page: Any) -> None:
    """Wait until nothing that was set off is still on its way: no callback of Dash, no row of a table."""
    page.wait_for_function(SETTLED, arg={"frames": 0})


@contextmanager
def rows_anew(page: Any, table: str) -> Iterator[None]:
    """Wait, after what is done inside, for the rows that `table` then asks for, until they stand.

    Rows that were asked for before have come first: theirs are not taken for the answer.
    """
    settled(page)
    asked = f'"{table}.getRowsRequest"'
    with page.expect_response(lambda answer: asked in (answer.request.post_data or "")):
        yield
    settled(page)


def tab_to(page: Any, selector: str, key: str = "Tab") -> None:
    """Press Tab until something has the keyboard; each stop on the way can be seen."""
    for _ in range(40):
        page.keyboard.press(key)
        at = page.evaluate(
            "s => { const e = document.activeElement, ring = getComputedStyle(e).outlineStyle !== 'none';"
            " return [e.matches(s), ring || e.matches('body,input,textarea,.ag-cell-focus'), e.outerHTML] }",
            selector,
        )
        assert at[1], f"nobody sees that the keyboard stands at {at[2][:200]}"
        if at[0]:
            return
    pytest.fail(f"no Tab leads to {selector}")
