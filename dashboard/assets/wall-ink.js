/* What the wall's panels are drawn with: elements, numbers, lengths.
   Assets load by name: this one before the other parts of the wall, wall.js after them. */
window.gridward = window.gridward || {};
window.gridward.wallInk = (function () {
  "use strict";

  function h(tag, options, ...children) {
    const node = document.createElement(tag);
    const { cls, style, ...attributes } = options || {};
    if (cls) node.className = cls;
    for (const [name, value] of Object.entries(style || {})) node.style.setProperty(name, value);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  const put = (id, ...children) => {
    const node = document.getElementById(id);
    if (node) node.replaceChildren(...children.flat().filter(Boolean));
  };

  const number = (value) => Math.round(value).toLocaleString("en-US");
  // rounded down, so that 99.99 % never reads as 100 %
  const rate = (done, due, digits) => {
    if (!due) return "—";
    const scale = Math.pow(10, digits), floor = Math.floor((100 * scale * done) / due) / scale;
    return floor.toFixed(done === due ? 0 : digits);
  };

  // nothing due or no visit known: then nothing can be said of pace
  const blank = (p) => p.total.light === "grey";
  // 铁西区 → 铁西, but never down to one character
  const short = (name) => (/^..+[区县市旗]$/.test(name) ? name.slice(0, -1) : name);
  const signed = (points) => {
    const whole = Math.trunc(points);
    return (whole > 0 ? "+" : whole < 0 ? "−" : "") + Math.abs(whole);
  };

  // font sizes, line widths and margins of a figure drawn for 1080 lines, made for this screen
  const LENGTHS = new Set(["size", "width", "l", "r", "t", "b", "xshift", "yshift", "ticklen"]);
  function scaled(value, scale) {
    if (Array.isArray(value)) return typeof value[0] === "object" ? value.map((one) => scaled(one, scale)) : value.slice();
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) =>
      [key, typeof one === "number" && LENGTHS.has(key) ? one * scale : scaled(one, scale)]));
  }

  return { h, put, number, rate, blank, short, signed, scaled };
})();
