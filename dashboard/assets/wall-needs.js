/* Who needs help: the grids behind on map and list, leads, what is overdue, what just happened; part of Wall. */
window.gridward = window.gridward || {};
window.gridward.wallNeeds = (function () {
  "use strict";
  const { h, put, number, rate, blank, short } = window.gridward.wallInk;
  const NEXT_MS = 8000;

  return {
    map(p) {
      const ranks = {};
      p.worst.slice(0, 8).forEach((one, i) => { if (one.light === "red" || one.light === "yellow") ranks[one.code] = i + 1; });
      const most = Object.keys(ranks).length;
      const legend = h("span", { cls: "wall-legend" },
        most ? h("span", { cls: "wall-ranks" }, h("i", { cls: "wall-rank" }, most > 1 ? "1–" + most : "1"), this.t("most_needed")) : null,
        ["red", "yellow", "green", "grey"].map((light) =>
        h("span", {}, this.mark(light), this.text["light." + light], h("b", {}, number(p.lights[light])))));
      put("wall-map-head", h("h2", {}, this.t("map")), h("span", { cls: "wall-age" }), legend);
      put("wall-window-head", this.t("window"));
      if (!this.maps) return;
      const districts = Object.fromEntries(p.districts.map((one) => [one.code, [one.light, one.done, one.due]]));
      const drawing = this.drawing(p.grids, districts, ranks);
      this.maps.whole.show({ ...drawing, mask: this.maps.window && (this.maps.window.seen() || this.window) });
      if (this.maps.window) this.maps.window.show(drawing);
    },

    worst(p) {
      const loud = p.worst.filter((one) => one.light === "red" || one.light === "yellow");
      const fits = this.room("worst", 2.1) - 1; // the first row names the columns
      if (blank(p)) {
        this.head("worst", this.t("worst"), "");
        return put("wall-worst-body", h("p", { cls: "wall-quiet" }, this.t("no_visits")));
      }
      if (!loud.length) {
        this.head("worst", this.t("calm"), h("span", { cls: "wall-mark is-green" }, "●"));
        put("wall-worst-body", h("p", { cls: "wall-quiet" }, this.t("worst_calm")), this.columns(), p.worst.slice(0, Math.min(fits > 11 ? 12 : 5, fits - 2)).map((one) => this.grid(one, null)));
        return;
      }
      this.head("worst", this.t("worst"), "");
      const wide = fits > 11, shown = loud.slice(0, wide ? Math.min(12, fits - 4) : Math.min(8, fits));
      const rows = shown.map((one, i) => this.grid(one, i + 1));
      if (!wide && fits - shown.length > 3) {
        const others = p.worst.filter((one) => !loud.includes(one)).slice(0, Math.min(4, fits - shown.length - 1));
        rows.push(h("p", { cls: "wall-quiet" }, this.t("worst_rest")), ...others.map((one) => this.grid(one, null)));
      }
      if (wide && p.best.length) {
        rows.push(h("p", { cls: "wall-quiet" }, this.t("best")));
        p.best.slice(0, fits - shown.length - 1).forEach((one) => rows.push(this.grid(one, null)));
      }
      put("wall-worst-body", this.columns(), rows);
    },

    columns() {
      return h("div", { cls: "wall-grid-columns wall-columns" }, h("span"), h("span"), h("span"),
        ["rate", "of", "need"].map((name) => h("span", { cls: "wall-of" }, this.t("column_" + name))));
    },

    grid(one, rank) {
      const place = one.district && !one.name.startsWith(one.district) ? one.district + " · " + one.name : one.name;
      return h("div", { cls: "wall-grid is-" + one.light },
        h("span", { cls: "wall-rank" }, rank && rank <= 8 ? String(rank) : ""),
        h("span", { cls: "wall-name" }, one.name, one.district ? h("small", {}, short(one.district)) : null),
        this.mark(one.light),
        h("b", { title: place }, rate(one.done, one.due, 0) + "%"),
        h("span", { cls: "wall-of" }, one.done + "/" + one.due),
        h("span", { cls: "wall-need" }, one.needed === null ? "—" : one.needed > 0 && one.needed < 10 ? (Math.ceil(one.needed * 10) / 10).toFixed(1) : number(Math.ceil(one.needed))));
    },

    leads(p) {
      const { open, overdue, stages, stuck } = p.leads;
      if (!open) {
        this.head("leads", this.t("leads_none"), "");
        return put("wall-leads-body");
      }
      this.head("leads", this.t("leads", { n: number(open) }), overdue && stuck
        ? this.t("leads_sub", { n: number(overdue), stage: this.t("stage." + stuck) }) : this.t("leads_fine"));
      const most = Math.max(...stages.map((one) => one.n), 1);
      const ages = [0, 1, 2].map((i) => stages.reduce((sum, one) => sum + one.ages[i], 0));
      put("wall-leads-body", stages.map((one) => h("div", { cls: "wall-stage" + (one.stage === stuck ? " is-stuck" : "") },
        h("span", { cls: "wall-name" }, this.t("stage." + one.stage)),
        h("span", { cls: "wall-bar" },
          h("i", { style: { width: (100 * (one.n - one.overdue)) / most + "%" } }),
          h("i", { cls: "is-late", style: { width: (100 * one.overdue) / most + "%" } })),
        h("b", {}, number(one.n)),
        h("span", { cls: "wall-late" }, one.overdue ? [this.mark("red"), this.t("overdue_n", { n: number(one.overdue) })] : ""),
        h("span", { cls: "wall-of" }, one.n ? this.t("oldest", { n: one.oldest }) : ""))),
        h("div", { cls: "wall-ages wall-wide" }, this.t("ages", { a: ages[0], b: ages[1], c: ages[2] })));
    },

    overdue(p) {
      const { problems, visits_today } = p, cell = (label, value, unit, late) => h("div", { cls: "wall-cell" + (late ? " is-red" : "") },
        h("span", {}, label), h("b", {}, late ? this.mark("red") : null, number(value), h("small", {}, unit)));
      put("wall-overdue-head", h("span", { cls: "wall-age" }));
      put("wall-overdue-body",
        cell(this.t("problems_overdue"), problems.overdue, this.t("problems_of", { n: number(problems.open) }), problems.overdue > 0),
        cell(this.t("rechecks"), problems.rechecks, problems.rechecks_overdue ? this.t("rechecks_note", { n: number(problems.rechecks_overdue) }) : "", false),
        cell(this.t("visits_today"), visits_today, this.text.visits_unit, false));
    },

    event(one) {
      const place = [one.district, one.grid].filter(Boolean).join(" ") || this.t("city_wide");
      const key = one.kind === "visit" && one.more ? "event.unable" : "event." + one.kind + "." + one.what;
      const words = this.t(this.text[key] ? key : "event." + one.kind, { place, n: one.kind === "import" ? number(one.more) : "" });
      const today = one.at.slice(0, 10) === this.payload.meta.today;
      return h("span", { cls: "wall-event" }, h("time", {}, today ? one.at.slice(11, 16) : this.day(one.at)), words);
    },

    /** One thing at a time; a new one every few seconds. */
    ticker(now) {
      const found = this.payload && this.payload.state === "ok" ? this.payload.events.slice(0, 6) : [];
      const one = found[Math.floor(now / NEXT_MS) % found.length], said = one ? JSON.stringify(one) : "";
      if (said === this.said) return;
      this.said = said;
      put("wall-ticker", one ? this.event(one) : h("span", { cls: "wall-event" }, this.t("event_none")));
    },

    events(p) {
      this.said = null;
      this.ticker(Date.now());
      this.head("events", this.t("events"), "");
      put("wall-events-body", p.events.slice(0, this.room("events", 2.1)).map((one) => this.event(one)));
    },
  };
})();
