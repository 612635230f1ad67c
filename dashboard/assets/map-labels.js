/* The map's labels and its fit: on a canvas above the shapes; what fits is drawn, by priority, and nothing
   overlaps. Assets load by name: this one before map.js. */
window.gridward = window.gridward || {};
window.gridward.mapLabels = (function () {
  "use strict";
  const SHAPES = { green: "●", yellow: "▲", red: "■", grey: "○" };
  const FONT = '"Gridward Sans", "Noto Sans CJK SC", "Microsoft YaHei", system-ui, sans-serif';

  function lightOf(code, hideout) {
    const found = hideout.lights[code];
    return found ? found[0] : "grey";
  }

  function rateOf(code, hideout) {
    const found = hideout.lights[code];
    if (!found || !found[2]) return "—";
    // never round up to 100 %: the last enterprise counts
    return Math.floor((100 * found[1]) / found[2]) + "%";
  }

  function board(map) {
    if (map._gwLabels) return map._gwLabels;
    const pane = map.createPane("gw-labels");
    pane.style.zIndex = 450;
    pane.style.pointerEvents = "none";
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    pane.appendChild(canvas);
    const state = { map, canvas, items: { grid: new Map(), district: new Map() }, drawn: {}, asked: false, fitted: false };
    state.redraw = () => {
      if (state.asked) return;
      state.asked = true;
      requestAnimationFrame(() => { state.asked = false; draw(state); });
    };
    map.on("moveend zoomend resize viewreset", state.redraw);
    map.on("zoomstart", () => { canvas.style.visibility = "hidden"; });
    // the first picture is there at once; only hands move the map visibly
    const moves = map._zoomAnimated;
    map._zoomAnimated = false;
    setTimeout(() => { map._zoomAnimated = moves; }, 1000);
    // a map may be made before its place in the page has a size
    const sizes = new ResizeObserver(() => {
      if (!canvas.isConnected) return;
      map.invalidateSize({ animate: false });
      state.redraw();
    });
    sizes.observe(map.getContainer());
    map.on("unload", () => sizes.disconnect());
    if (document.fonts) document.fonts.ready.then(state.redraw);
    map._gwLabels = state;
    return state;
  }

  /** What the map was made for, else all its grids; null while there is neither. */
  function extent(map) {
    const said = map.getContainer().closest(".gw-map").dataset.bounds, state = map._gwLabels;
    if (said) {
      const [west, south, east, north] = JSON.parse(said);
      return [[south, west], [north, east]];
    }
    if (!state || !state.items.grid.size) return null;
    return [...state.items.grid.values()].reduce((all, one) => all.extend(one.layer.getBounds()), window.L.latLngBounds([]));
  }

  /** Show what the map was made for; false while it has no size or nothing to show. */
  function fit(map) {
    map.invalidateSize({ animate: false });
    const size = map.getSize(), bounds = extent(map);
    if (!bounds || !size.x || !size.y) return false;
    map.fitBounds(bounds, { animate: false, padding: [4, 4] });
    return true;
  }

  function remember(kind, feature, layer, context) {
    const state = board(context.map), p = feature.properties, items = state.items[kind];
    if (state.drawn[kind]) { items.clear(); state.drawn[kind] = false; }
    const place = p.label || (p.lon == null ? null : [p.lon, p.lat]);
    const at = place ? [place[1], place[0]] : middle(layer);
    if (at) items.set(p.code, { code: p.code, name: p.name || "", at, radius: p.radius_m, layer, hideout: context.hideout });
    state.redraw();
  }

  function middle(layer) {
    const c = layer.getBounds && layer.getBounds().isValid() && layer.getBounds().getCenter();
    return c ? [c.lat, c.lng] : null;
  }

  function radiusPx(item, map) {
    if (item.radius) {
      const metres = 40075016.686 * Math.cos((item.at[0] * Math.PI) / 180) / (256 * Math.pow(2, map.getZoom()));
      return item.radius / metres;
    }
    const box = item.layer.getBounds(), a = map.latLngToContainerPoint(box.getNorthWest());
    const b = map.latLngToContainerPoint(box.getSouthEast());
    return 0.35 * Math.min(Math.abs(b.x - a.x), Math.abs(b.y - a.y));
  }

  function masked(item, mask) {
    return mask && item.at[1] > mask[0] && item.at[1] < mask[2] && item.at[0] > mask[1] && item.at[0] < mask[3];
  }

  const URGENCY = { red: 0, yellow: 1, green: 2, grey: 3 };

  function draw(state) {
    const { map, canvas } = state;
    if (!canvas.isConnected) return; // the page was left meanwhile
    if (!state.fitted) state.fitted = fit(map);
    const size = map.getSize(), dpr = window.devicePixelRatio || 1;
    if (!size.x) return;
    state.drawn = { grid: true, district: true };
    canvas.width = size.x * dpr;
    canvas.height = size.y * dpr;
    canvas.style.width = size.x + "px";
    canvas.style.height = size.y + "px";
    canvas.style.visibility = "visible";
    window.L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    const ctx = canvas.getContext("2d");
    ctx.scale(dpr, dpr);
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    // the label layer's own scale follows the page, so a wall of 2160 lines reads like one of 1080
    const em = Math.max(12, 1.05 * parseFloat(getComputedStyle(document.documentElement).fontSize));
    const taken = [];
    const free = (x, y, w, h) => {
      const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
      if (box[0] < 2 || box[1] < 2 || box[2] > size.x - 2 || box[3] > size.y - 2) return false;
      if (taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) return false;
      taken.push(box);
      return true;
    };
    const visible = (item) => {
      const at = map.latLngToContainerPoint(item.at);
      if (at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y || masked(item, item.hideout.mask)) return null;
      return { item, x: at.x, y: at.y, r: radiusPx(item, map), light: lightOf(item.code, item.hideout) };
    };
    const grids = [...state.items.grid.values()].map(visible).filter(Boolean);
    // neighbours share its edge: what is chosen is drawn over them
    grids.filter((g) => g.item.hideout.selected === g.item.code).forEach((g) => g.item.layer.bringToFront());
    grids.sort((a, b) => URGENCY[a.light] - URGENCY[b.light] || b.r - a.r);

    for (const g of grids) {
      const rank = g.item.hideout.ranks[g.item.code];
      if (rank) drawRank(ctx, g, rank, em, free);
    }
    for (const g of grids) if (!g.item.hideout.ranks[g.item.code] && URGENCY[g.light] < 2) drawRate(ctx, g, em, free);
    ctx.font = "700 " + em + "px " + FONT;
    for (const d of [...state.items.district.values()].map(visible).filter(Boolean)) {
      // a name may reach past its district, but not where the district is a speck
      const width = ctx.measureText(d.item.name).width, p = d.item.hideout.palette;
      if (d.r < em * 1.1 || d.item.hideout.label === "none") continue;
      for (const dy of [0, -1.6, 1.6, -3, 3]) {
        if (Math.abs(dy * em) > d.r || !free(d.x, d.y + dy * em, width + 6, em * 1.3)) continue;
        halo(ctx, d.item.name, d.x, d.y + dy * em, p.text, p.map_quiet, em * 0.3);
        break;
      }
    }
    for (const g of grids) if (URGENCY[g.light] === 2) drawRate(ctx, g, em, free);
    canvas.dataset.lights = grids.filter((g) => g.light !== "grey").length; // how far the picture has come
  }

  function halo(ctx, words, x, y, colour, around, width) {
    ctx.strokeStyle = around;
    ctx.lineWidth = width;
    ctx.strokeText(words, x, y);
    ctx.fillStyle = colour;
    ctx.fillText(words, x, y);
  }

  function drawRank(ctx, g, rank, em, free) {
    const p = g.item.hideout.palette, r = em * 0.82;
    free(g.x, g.y, 2 * r, 2 * r);
    ctx.beginPath();
    ctx.arc(g.x, g.y, r, 0, 2 * Math.PI);
    ctx.fillStyle = p.ground;
    ctx.fill();
    ctx.strokeStyle = p.text;
    ctx.lineWidth = em * 0.1;
    ctx.stroke();
    ctx.font = "700 " + em + "px " + FONT;
    ctx.fillStyle = p.text;
    ctx.fillText(String(rank), g.x, g.y + em * 0.04);
  }

  function drawRate(ctx, g, em, free) {
    const h = g.item.hideout, p = h.palette, loud = URGENCY[g.light] < 2;
    if (h.label === "none") return;
    const words = h.label === "name" ? g.item.name : rateOf(g.item.code, h);
    const size = loud ? em : em * 0.9;
    ctx.font = (loud ? "700 " : "400 ") + size + "px " + FONT;
    const width = ctx.measureText(words).width;
    ctx.fillStyle = loud ? p.on_fill : p.map_label;
    if (Math.hypot(width, size) / 2 <= g.r * 1.08 && free(g.x, g.y, width + 4, size * 1.15)) {
      ctx.fillText(words, g.x, g.y);
    } else if (loud && g.r > em * 0.3 && free(g.x, g.y, size, size)) {
      // no room for the rate: the shape still tells the state without colour
      ctx.font = "400 " + size * 0.7 + "px " + FONT;
      ctx.fillText(SHAPES[g.light], g.x, g.y);
    }
  }

  return { SHAPES, lightOf, rateOf, fit, remember };
})();
