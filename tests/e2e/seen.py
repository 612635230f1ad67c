"""What a page must not lack for who sees or hears little."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

FAINT = r"""() => {
  const parse = (said) => [...said.matchAll(/[\d.]+/g)].map((one) => Number(one[0]));
  const light = (said) => parse(said).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0.05);
  const ground = (one) => {
    const found = getComputedStyle(one).backgroundColor;
    return parse(found)[3] === 0 && one.parentElement ? ground(one.parentElement) : found;
  };
  const ratio = (a, b) => Math.max(light(a) / light(b), light(b) / light(a));
  const fields = "input:not([type=hidden], [type=file], :checked, :disabled), textarea, select";
  return [...document.querySelectorAll(`main :is(${fields}), main .ag-checkbox-input-wrapper`)]
    .map((one) => [one, getComputedStyle(one)])
    .filter(([one, style]) => one.getClientRects().length && parseFloat(style.borderTopWidth))
    .map(([one, style]) => [one.id || one.className, ratio(style.borderTopColor, ground(one.parentElement))])
    .filter(([, found]) => found < 3).map(([name, found]) => ["border", `${name} ${found.toFixed(2)}`])
    .concat([...document.querySelectorAll("main :placeholder-shown:not(:disabled)")]
      .map((one) => [one.id, ratio(getComputedStyle(one, "::placeholder").color, ground(one))])
      .filter(([, found]) => found < 4.5).map(([id, found]) => ["placeholder", `${id} ${found.toFixed(2)}`]));
}"""
"""The fields whose border stands out less than 3:1 from what is around them (WCAG 1.4.11), and those whose
placeholder is read at less than 4.5:1 (1.4.3): axe looks at neither."""


def faults(page: Any, part: str | None = None) -> list[tuple[str, str]]:
    """Return what shuts somebody out: what axe finds, and fields whose border nobody sees."""
    found = Axe().run(page, context=part, options={"resultTypes": ["violations"]}).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:160]) for one in found] + page.evaluate(FAINT)
