/* Will we make it: figures, verdict, burn-up, districts and categories; part of Wall. */
window.gridward = window.gridward || {};
window.gridward.wallProgress = (function () {
  "use strict";
  const { h, put, number, rate, blank, signed, scaled } = window.gridward.wallInk;

  return {
    kpi(label, value, unit, note, cls) {
      return h("div", { cls: "wall-kpi " + (cls || "") },
        h("div", { cls: "wall-kpi-label" }, label, h("span", { cls: "wall-age" })),
        h("div", { cls: "wall-kpi-value" }, h("b", {}, value), unit ? h("small", {}, unit) : null),
        h("div", { cls: "wall-kpi-note" }, note));
    },

    kpis(p) {
      const { total, pace, plan, lights } = p;
      const grids = Object.keys(p.grids).length;
      const unplaced = total.unplaced ? this.t("unplaced_note", { n: number(total.unplaced), left: number(total.unplaced_remaining) }) : this.t("unplaced_none");
      const short = pace.needed !== null && pace.mean < pace.needed && !blank(p);
      const gap = pace.needed === null ? 0 : Math.ceil(pace.needed) - Math.floor(pace.mean);
      const needed = pace.needed === null ? "—" : number(Math.ceil(pace.needed));
      const mean = short
        ? [this.mark("yellow"), this.t("mean_short", { mean: number(Math.floor(pace.mean)), gap })]
        : [this.t("mean_enough", { mean: number(Math.floor(pace.mean)) })];
      this.root.classList.toggle("is-late", Boolean(plan.past ? total.remaining : pace.late_days > 0));
      put("wall-kpis",
        this.verdict(p),
        this.kpi(this.t("coverage"), rate(total.done, total.due, 1), "%",
          [this.t("coverage_note", { done: number(total.done), due: number(total.due) })], "is-coverage"),
        this.kpi(this.t("remaining"), number(total.remaining), this.text.unit, [unplaced]),
        this.kpi(this.t("needed"), needed, pace.needed === null ? "" : this.t("needed_unit"),
          pace.needed === null ? [this.t("no_workdays")] : mean),
        this.kpi(this.t("behind_grids"), String(lights.red), this.t("of_grids", { n: number(grids) }),
          [this.t("behind_note", lights)], lights.red ? "is-behind" : ""));
    },

    verdict(p) {
      const { pace, plan } = p, make = (value, light, words, more, unit) =>
        this.kpi(this.t("finish"), value, unit || "", [light ? this.mark(light) : null, h("span", { cls: "wall-verdict is-" + light }, words), more ? h("span", { cls: "wall-basis" }, more) : null], "is-verdict is-" + light);
      if (blank(p)) return this.kpi(this.t("finish"), "—", "", [this.t("no_visits")], "is-verdict");
      if (pace.finished) return make(this.t("finished"), "green", this.t("finished_note"));
      if (plan.past) return make(this.t("past_due"), "red", this.t("past_due_note", { n: -plan.days_left }));
      if (!pace.finish) return make(this.t("no_finish"), "red", this.t(pace.mean > 0 ? "no_finish_slow" : "no_finish_still"));
      const late = pace.late_days, words = late > 0 ? this.t("finish_late", { n: late }) : late < 0 ? this.t("finish_early", { n: -late }) : this.t("finish_same");
      return make(this.day(pace.finish), late > 0 ? "red" : "green", words, this.t("finish_basis"),
        pace.finish.slice(0, 4) === plan.deadline.slice(0, 4) ? "" : this.t("year", { y: pace.finish.slice(0, 4) }));
    },

    chart(p) {
      this.head("burnup", this.t("burnup"), this.t("burnup_sub", { due: number(p.total.due) }));
      const plotly = window.Plotly, node = document.getElementById("wall-burnup");
      if (!plotly) return this.askForPlotly();
      const figure = scaled(p.figure, this.rem() / 16);
      plotly.react(node, figure.data, { ...figure.layout, autosize: true }, { displayModeBar: false, responsive: true, staticPlot: true });
    },

    /** The chart's library is larger than all the rest: it comes once the map stands. */
    askForPlotly() {
      if (this.plotly || (this.bounds && !this.maps)) return;
      this.plotly = h("script", { src: this.root.dataset.plotly });
      this.plotly.addEventListener("load", () => this.payload && this.payload.state === "ok" && this.chart(this.payload));
      this.plotly.addEventListener("error", () => { this.plotly = null; });
      // two frames: one in which the map is drawn, one in which it is shown
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => this.plotly && document.head.append(this.plotly))));
    },

    districts(p) {
      const expected = (100 * p.total.ratio).toFixed(0) + "%", points = p.districts.map((one) => (one.light === "grey" ? 0 : one.points));
      this.head("districts", this.t("districts"), "");
      // bars start where the calendar says a district should be: to the left is slow, to the right fast
      const low = Math.min(-15, ...points), high = Math.max(5, ...points), zero = (-100 * low) / (high - low);
      const fits = this.room("districts", 1.75) - 1; // the first row names the columns
      // when not all fit, the slowest are shown: they are sorted so
      const shown = p.districts.length > fits ? p.districts.slice(0, fits - 1) : p.districts;
      const columns = h("div", { cls: "wall-district wall-columns" }, h("span"),
        h("span", { cls: "wall-pace" }, h("span", { style: { right: 100 - zero + "%" } }, this.t("required_at", { rate: expected }))),
        h("span", { cls: "wall-points" }, this.t("column_points")), h("span"), h("span", { cls: "wall-of" }, this.t("column_rate")));
      const rows = shown.map((one) => {
        const length = one.light === "grey" ? 0 : Math.abs((100 * (one.points || 0)) / (high - low));
        return h("div", { cls: "wall-district is-" + one.light },
          h("span", { cls: "wall-name" }, one.name || this.t("unknown_district")),
          h("span", { cls: "wall-pace" },
            h("i", { style: { left: (one.points < 0 ? zero - length : zero) + "%", width: length + "%" } }),
            h("em", { style: { left: zero + "%" } })),
          h("span", { cls: "wall-points" }, one.points === null || one.light === "grey" ? "" : signed(one.points)),
          this.mark(one.light),
          h("b", {}, rate(one.done, one.due, 0) + (one.due ? "%" : "")));
      });
      if (shown.length < p.districts.length) rows.push(h("div", { cls: "wall-more" }, this.t("more", { n: p.districts.length - shown.length })));
      put("wall-districts-body", columns, rows);
    },

    categories(p) {
      this.head("categories", this.t("categories"), this.t("categories_sub"));
      put("wall-categories-body", p.categories.slice(0, this.room("categories", 2.1)).map((one) => h("div", { cls: "wall-category" },
        h("span", { cls: "wall-name" }, one.name ? one.name[this.lang] : this.t("other_category")),
        h("span", { cls: "wall-bar" }, h("i", { style: { width: (100 * one.done) / one.due + "%" } })),
        h("b", {}, rate(one.done, one.due, 0) + "%"),
        h("span", { cls: "wall-of" }, number(one.done) + "/" + number(one.due)))));
    },
  };
})();
