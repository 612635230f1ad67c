/* The map's drawing: styles of layers, marks, hints. Colours come from dashboard/tokens.py
   through the layer's hideout: {palette, lights: {code: [light, done, due]}, districts (like lights), selected,
   ranks, mask, label}. */
window.gridward = window.gridward || {};
window.gridward.map = (function () {
  "use strict";
  const { lightOf, fit, remember } = window.gridward.mapLabels;
  const { SHAPES, rate } = window.gridward.mapInk;
  // points may arrive when their page has been left: dash-leaflet then asks a map that is gone for its
  // bounds, and it answers with its last ones
  window.L.Map.addInitHook(function () {
    this.on("unload", () => {
      const last = this.getBounds();
      this.getBounds = () => last;
    });
  });

  function fill(light, palette) {
    if (light === "red" || light === "yellow") return palette[light];
    return light === "green" ? palette.map_quiet : palette.map_empty;
  }

  // lines grow with the page like its text, so a screen of 2160 lines shows the same picture
  const line = (width) => width * Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 16);

  function grid(feature, context) {
    const h = context.hideout, p = h.palette, code = feature.properties.code;
    const light = lightOf(code, h), chosen = h.selected === code;
    // at full strength only what needs eyes first: beside the numbered grids the others step back
    const calls = { red: 0.86, yellow: 0.72 }[light], ranked = Object.keys(h.ranks).length > 0;
    return {
      fill: true,
      fillColor: fill(light, p),
      // without labels, points lie on it and need eyes more
      fillOpacity: h.label === "none" ? 0.24 : !calls || h.ranks[code] ? 1 : ranked ? 0.68 : calls,
      color: chosen ? p.accent : p.map_edge,
      weight: line(chosen ? 3 : 1),
      opacity: 1,
    };
  }

  function hover(feature, context) {
    return { color: context.hideout.palette.accent, weight: 3 };
  }

  function district(_feature, context) {
    return { fill: false, color: context.hideout.palette.map_district, weight: line(1.5), opacity: 0.9 };
  }

  function river(_feature, context) {
    return { fill: false, color: context.hideout.palette.map_river, weight: line(1.5), opacity: 0.8 };
  }

  function point(feature, latlng, context) {
    const p = context.hideout.palette, here = feature.properties;
    return window.L.marker(latlng, {
      icon: here.number
        ? window.L.divIcon({ html: escape(here.number), className: "gw-stop", iconSize: [26, 26] })
        : window.L.divIcon({ html: mark(here.state, p), className: "gw-point", iconSize: [18, 18] }),
      keyboard: false, // the same enterprises stand in lists, which the keyboard reaches
    }).bindTooltip(escape(here.name || ""), { className: "gw-tip" })
      .on("click", () => here.id && window.gridward.go && window.gridward.go("/enterprises/" + here.id));
  }

  /** The mark of one enterprise, the same hue and shape as its chip in a list. */
  function mark(state, p) {
    const shape = {
      remaining: '<circle cx="9" cy="9" r="5" fill="' + p.panel + '" stroke="' + p.text + '" stroke-width="3"/>',
      overdue: '<path d="M3.5 3.5h11v11h-11z" fill="' + p.red + '" stroke="' + p.panel + '" stroke-width="1.5"/>',
      late: '<path d="M9 2.5l7 12.5H2z" fill="' + p.yellow + '" stroke="' + p.panel + '" stroke-width="1.5"/>',
      out: '<path d="M4.5 7.5h9v3h-9z" fill="' + p.grey + '" stroke="' + p.panel + '" stroke-width="1"/>',
      done: '<circle cx="9" cy="9" r="6" fill="' + p.accent + '" stroke="' + p.panel + '" stroke-width="1.5"/>',
    };
    const name = state === "done" || state === "on_time" ? "done" : state;
    return '<svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">' + (shape[name] || shape.out) + "</svg>";
  }

  /** A cluster tells how many there are; its ring, which part of them is done. */
  function cluster(feature, latlng, index, context) {
    const n = feature.properties.point_count, size = n < 20 ? 32 : n < 200 ? 40 : 48;
    const p = context.hideout.palette, leaves = index.getLeaves(feature.properties.cluster_id, Infinity);
    const due = leaves.filter((one) => one.properties.done !== null && one.properties.done !== undefined);
    const done = due.filter((one) => one.properties.done), late = due.some((one) => one.properties.state === "overdue");
    const share = due.length ? (100 * done.length) / due.length : 0;
    const rest = !due.length ? p.grey : late ? p.red : p.text;
    return window.L.marker(latlng, {
      icon: window.L.divIcon({
        html: '<span class="gw-cluster-ring" style="background:conic-gradient(' + p.accent + " 0 " + share + "%," +
          rest + " " + share + '% 100%)"><span>' + feature.properties.point_count_abbreviated + "</span></span>",
        className: "gw-cluster",
        iconSize: [size, size],
      }),
    });
  }

  function escape(value) {
    const node = document.createElement("i");
    node.textContent = value;
    return node.innerHTML;
  }

  function eachGrid(feature, layer, context) {
    remember("grid", feature, layer, context);
    if (layer.options.interactive === false) return;
    layer.bindTooltip(() => tip(feature.properties, context.hideout), { sticky: true, className: "gw-tip" });
  }

  function eachDistrict(feature, layer, context) {
    remember("district", feature, layer, context);
  }

  function eachRiver(feature, layer, context) {
    remember("river", feature, layer, context);
  }

  function tip(properties, h) {
    const found = h.lights[properties.code], light = lightOf(properties.code, h);
    const counts = found ? " " + rate(found) + " · " + found[1] + "/" + found[2] : "";
    return '<span style="color:' + h.palette[light] + '">' + SHAPES[light] + "</span> " +
      escape(properties.name || properties.code) + counts;
  }

  return { grid, hover, district, river, point, cluster, eachGrid, eachDistrict, eachRiver, fit };
})();
