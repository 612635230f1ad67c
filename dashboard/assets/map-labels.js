/* The map's labels and its fit: on a canvas above the shapes; what fits is drawn, by priority, and nothing
   overlaps. How each label looks is in map-ink.js. Assets load by name: both before map.js. */
window.gridward = window.gridward || {};
window.gridward.mapLabels = (function () {
  "use strict";

  function lightOf(code, hideout) {
    const found = hideout.lights[code];
    return found ? found[0] : "grey";
  }

  function board(map) {
    if (map._gwLabels) return map._gwLabels;
    const pane = map.createPane("gw-labels");
    pane.style.zIndex = 450;
    pane.style.pointerEvents = "none";
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    pane.appendChild(canvas);
    const state = { map, canvas, items: { grid: new Map(), district: new Map(), river: new Map() }, drawn: {}, asked: false, fitted: false };
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
    const one = { code: p.code, name: p.name || "", at, radius: p.radius_m, layer, hideout: context.hideout, district: p.district };
    if (at) items.set(p.code || layer, one);
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

  const masked = ([lat, lon], mask) => mask && lon > mask[0] && lon < mask[2] && lat > mask[1] && lat < mask[3];

  const URGENCY = { red: 0, yellow: 1, green: 2, grey: 3 };
  const AROUND = [0, -1.5, 1.5, -3, 3]; // lines above and below a point

  function draw(state) {
    const { map, canvas } = state;
    if (!canvas.isConnected) return; // the page was left meanwhile
    if (!state.fitted) state.fitted = fit(map);
    const size = map.getSize(), dpr = window.devicePixelRatio || 1;
    if (!size.x) return;
    state.drawn = { grid: true, district: true, river: true };
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
    const taken = [];
    const free = (x, y, w, h) => {
      const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
      if (box[0] < 2 || box[1] < 2 || box[2] > size.x - 2 || box[3] > size.y - 2) return false;
      if (taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) return false;
      taken.push(box);
      return true;
    };
    // what the grids are drawn with holds for all: a page gives news to their layer alone
    const items = [...state.items.grid.values()], h = items.length ? items[0].hideout : null;
    if (!h) return;
    // the label layer's own scale follows the page, so a wall of 2160 lines reads like one of 1080
    const em = Math.max(12, (h.label === "mark" ? 1.05 : 0.85) * parseFloat(getComputedStyle(document.documentElement).fontSize));
    const seen = (at) => {
      const { x, y } = map.latLngToContainerPoint(at);
      return x < 0 || y < 0 || x > size.x || y > size.y || masked(at, h.mask) ? null : { x, y };
    };
    const visible = (item) => {
      const at = seen(item.at);
      return at && { item, ...at, r: radiusPx(item, map), light: lightOf(item.code, h) };
    };
    const ink = window.gridward.mapInk, tools = { ctx, em, free, h };
    const grids = items.map(visible).filter(Boolean);
    if (h.mask) { // the frame of the window stays free
      const a = map.latLngToContainerPoint([h.mask[3], h.mask[0]]), b = map.latLngToContainerPoint([h.mask[1], h.mask[2]]);
      taken.push([a.x, a.y, b.x, b.y]);
    }
    // neighbours share its edge: what is chosen is drawn over them
    grids.filter((g) => h.selected === g.item.code).forEach((g) => g.item.layer.bringToFront());
    grids.sort((a, b) => URGENCY[a.light] - URGENCY[b.light] || b.r - a.r);

    const ranked = grids.filter((g) => h.ranks[g.item.code]);
    ranked.forEach((g) => ink.rank(tools, g));
    if (h.label !== "none") {
      const within = new Map([...state.items.district.values()].map((one) => [one.code, []]));
      grids.forEach((g) => within.has(g.item.district) && within.get(g.item.district).push(g));
      for (const item of state.items.district.values()) {
        ink.district(tools, item, spots(visible(item), within.get(item.code), em, h.mask));
      }
      ranked.forEach((g) => ink.beside(tools, g));
      grids.filter((g) => !h.ranks[g.item.code]).forEach((g) => ink.grid(tools, g));
      for (const [name, points] of rivers(state)) ink.river(tools, name, outwards(points.map(seen).filter(Boolean)));
    }
    canvas.dataset.lights = grids.filter((g) => g.light !== "grey").length; // how far the picture has come
  }

  /** Where a district may be named: where it lies, above and below that, else on its grids that are seen here. */
  function spots(own, grids, em, mask) {
    const mid = own || grids[0];
    // what lies in the window is named in the window; a speck is not named
    if (!mid || (own ? own.r < em : mask)) return [];
    const away = (g) => Math.hypot(g.x - mid.x, g.y - mid.y);
    const there = own ? AROUND.filter((dy) => Math.abs(dy * em) <= own.r || !dy).map((dy) => ({ x: own.x, y: own.y + dy * em })) : [];
    return [...there, ...[...grids].sort((a, b) => away(a) - away(b))];
  }

  /** The points of each named river. */
  function rivers(state) {
    const found = new Map();
    for (const { name, layer } of state.items.river.values()) {
      if (name) found.set(name, [...(found.get(name) || []), ...layer.getLatLngs().flat(2).map((at) => [at.lat, at.lng])]);
    }
    return found;
  }

  /** The same, its middle first and its ends last. */
  function outwards(points) {
    const middle = points.length / 2;
    return points.map((one, i) => [Math.abs(i - middle), one]).sort((a, b) => a[0] - b[0]).map(([, one]) => one);
  }

  return { lightOf, fit, remember };
})();
