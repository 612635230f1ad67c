/* The wall's maps: pictures that nobody touches. Styles and labels are those of every map (map.js). */
window.gridward = window.gridward || {};
window.gridward.wallMap = (function () {
  "use strict";
  const LAYERS = ["grids", "rivers", "districts"];
  const STILL = {
    preferCanvas: true, zoomSnap: 0, attributionControl: false, zoomControl: false, zoomAnimation: false,
    fadeAnimation: false, inertia: false, dragging: false, scrollWheelZoom: false, doubleClickZoom: false,
    boxZoom: false, keyboard: false, touchZoom: false,
  };

  /** Ask for the shapes of all layers, once for all maps. */
  async function shapes(base) {
    const found = await Promise.all(LAYERS.map(async (name) => {
      const answer = await fetch(base + name + ".geojson");
      if (!answer.ok) throw new Error(name + ": " + answer.status);
      return answer.json();
    }));
    return Object.fromEntries(LAYERS.map((name, i) => [name, found[i]]));
  }

  class Picture {
    constructor(id, found, drawing, tiles) {
      const { L, gridward } = window, draw = gridward.map;
      this.map = L.map(id, STILL);
      this.context = { map: this.map, hideout: drawing };
      this.map.setView([0, 0], 1);
      draw.fit(this.map);
      if (tiles) L.tileLayer(tiles.url).addTo(this.map);
      const still = { interactive: false }, above = { interactive: false, pane: "gw-lines" };
      const pane = this.map.createPane("gw-lines");
      // above the grids: they are drawn again with every change and would cover it
      pane.style.zIndex = 420;
      pane.style.pointerEvents = "none";
      const made = (name, style, each, options) => {
        const layer = L.geoJSON(found[name], {
          ...options,
          style: (feature) => style(feature, this.context),
          onEachFeature: (feature, one) => each(feature, one, this.context),
        }).addTo(this.map);
        return { layer, style, each };
      };
      this.layers = [
        made("grids", draw.grid, draw.eachGrid, still),
        made("rivers", draw.river, draw.eachRiver, above),
        made("districts", draw.district, draw.eachDistrict, above),
      ];
    }

    /** Draw with other lights, or for another size of the page. */
    show(drawing) {
      this.context.hideout = drawing;
      for (const { layer, style, each } of this.layers) {
        layer.setStyle((feature) => style(feature, this.context));
        layer.eachLayer((one) => each(one.feature, one, this.context));
      }
    }

    fit() {
      return window.gridward.map.fit(this.map);
    }

    /** West, south, east, north of what is to be seen; null without a size. */
    seen() {
      const size = this.map.getSize();
      if (!size.x || !size.y) return null;
      const box = this.map.getBounds();
      return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
    }

    /** Say where a window of its own lies. */
    frame([west, south, east, north], colour, weight) {
      const bounds = [[south, west], [north, east]];
      if (!this.box) this.box = window.L.rectangle(bounds, { fill: false, interactive: false, pane: "gw-lines" }).addTo(this.map);
      this.box.setBounds(bounds).setStyle({ color: colour, weight });
    }
  }

  return { shapes, Picture };
})();
