/* How the map's labels look. A rate stands only beside the name of what it is the rate of. */
window.gridward = window.gridward || {};
window.gridward.mapInk = (function () {
  "use strict";
  const FONT = '"Gridward Sans", "Noto Sans CJK SC", "Microsoft YaHei", system-ui, sans-serif';
  const SHAPES = { green: "●", yellow: "▲", red: "■", grey: "○" };
  const loud = (light) => light === "red" || light === "yellow";

  // never round up to 100 %: the last enterprise counts
  const rate = (found) => (found && found[2] ? Math.floor((100 * found[1]) / found[2]) + "%" : "—");

  function type(ctx, size, bold) {
    ctx.font = (bold ? "700 " : "400 ") + size + "px " + FONT;
  }

  function halo(ctx, words, x, y, colour, around, width) {
    ctx.strokeStyle = around;
    ctx.lineWidth = width;
    ctx.strokeText(words, x, y);
    ctx.fillStyle = colour;
    ctx.fillText(words, x, y);
  }

  /** The number that a grid carries in the list beside the map. */
  function rank({ ctx, em, free, h }, g) {
    const { palette: p, ranks } = h, r = em * 0.82;
    free(g.x, g.y, 2 * r, 2 * r);
    ctx.beginPath();
    ctx.arc(g.x, g.y, r, 0, 2 * Math.PI);
    ctx.fillStyle = p.ground;
    ctx.fill();
    ctx.strokeStyle = p.text;
    ctx.lineWidth = em * 0.1;
    ctx.stroke();
    type(ctx, em, true);
    ctx.fillStyle = p.text;
    ctx.fillText(String(ranks[g.item.code]), g.x, g.y + em * 0.04);
  }

  /** The name of a grid with a number, where there is room beside it. */
  function beside({ ctx, em, free, h }, g) {
    const p = h.palette;
    type(ctx, em, true);
    const width = ctx.measureText(g.item.name).width, away = width / 2 + em * 1.1;
    for (const [x, y] of [[g.x + away, g.y], [g.x - away, g.y], [g.x, g.y + em * 1.55], [g.x, g.y - em * 1.55]]) {
      if (!free(x, y, width + 4, em * 1.3)) continue;
      return halo(ctx, g.item.name, x, y, p.text, p.ground, em * 0.28);
    }
  }

  /** A district's name and its own rate on one plate, at the first of the spots that is free. */
  function district({ ctx, em, free, h }, item, spots) {
    const { palette: p, districts } = h, found = districts[item.code];
    const words = found ? rate(found) : "", pad = em * 0.35, gap = words ? em * 0.4 : 0;
    type(ctx, em, true);
    const name = ctx.measureText(item.name).width, width = name + gap + ctx.measureText(words).width + 2 * pad;
    const spot = spots.find(({ x, y }) => free(x, y, width + 2, em * 1.5));
    if (!spot) return;
    const left = spot.x - width / 2;
    ctx.fillStyle = p.ground;
    ctx.globalAlpha = 0.88;
    ctx.fillRect(left, spot.y - em * 0.7, width, em * 1.4);
    ctx.globalAlpha = 1;
    ctx.textAlign = "left";
    ctx.fillStyle = p.text;
    ctx.fillText(item.name, left + pad, spot.y + em * 0.04);
    ctx.fillStyle = found && loud(found[0]) ? p[found[0]] : p.map_label;
    ctx.fillText(words, left + pad + name + gap, spot.y + em * 0.04);
    ctx.textAlign = "center";
  }

  /** A grid's own name over its own rate where both fit into it, else the shape of its light if that needs eyes. */
  function grid({ ctx, em, free, h }, g) {
    const { palette: p, label, lights, ranks } = h, calls = loud(g.light), found = lights[g.item.code];
    // on what has been toned down for the numbered ones, dark ink would drown
    ctx.fillStyle = !calls ? p.map_label : Object.keys(ranks).length ? p.text : p.on_fill;
    if (label === "name") {
      const words = rate(found), small = em * 0.85;
      type(ctx, small, false);
      const name = ctx.measureText(g.item.name).width;
      if (Math.hypot(name, em * 2.1) / 2 <= g.r * 1.08 && free(g.x, g.y, name + 4, em * 2.3)) {
        ctx.fillText(g.item.name, g.x, g.y - em * 0.55);
        type(ctx, em, calls);
        return ctx.fillText(words, g.x, g.y + em * 0.55);
      }
    }
    if (!calls || g.r <= em * 0.3 || !free(g.x, g.y, em, em)) return;
    type(ctx, em * 0.7, false);
    ctx.fillText(SHAPES[g.light], g.x, g.y);
  }

  /** Name a river at the first of its points that is free. */
  function river({ ctx, em, free, h }, name, points) {
    const p = h.palette;
    type(ctx, em * 0.9, false);
    const width = ctx.measureText(name).width + em, spot = points.find(({ x, y }) => free(x, y, width, em * 2.2));
    if (spot) halo(ctx, name, spot.x, spot.y, p.map_label, p.ground, em * 0.28);
  }

  return { SHAPES, rate, rank, beside, district, grid, river };
})();
