/* The wall: asks for its payload by itself, draws it, and says how old it is. No words live here: they
   come from the catalogues in data-text of the root element. */
(function () {
  "use strict";
  const STALE_S = 60; // four polls missed: the clock turns amber
  const OLD_S = 300; // then each card says its own age
  let wall = null;

  // ---- small helpers -----------------------------------------------------------------------------

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

  class Wall {
    constructor(root) {
      this.root = root;
      const words = JSON.parse(root.dataset.text), asked = new URLSearchParams(window.location.search).get("lang");
      this.lang = words[asked] ? asked : root.dataset.lang;
      this.text = words[this.lang];
      this.shapes = JSON.parse(root.dataset.shapes);
      root.lang = this.lang;
      this.palette = JSON.parse(root.dataset.palette);
      this.bounds = JSON.parse(root.dataset.bounds);
      this.window = JSON.parse(root.dataset.window);
      this.tiles = JSON.parse(root.dataset.tiles);
      this.maps = null; // {whole, window}, once the shapes are here
      this.plotly = null;
      this.payload = null;
      this.etag = null;
      this.seen = null; // when the server last confirmed the picture, by this machine's clock
      this.offset = 0; // server's wall clock minus this machine's
      this.closed = false;
      this.size = "";
    }

    // ---- words and days ----------------------------------------------------------------------------

    t(key, params) {
      const words = this.text[key];
      if (words === undefined) return key;
      return words.replace(/\{(\w+)\}/g, (_, name) => (params && params[name] !== undefined ? params[name] : ""));
    }

    day(iso, long) {
      const [y, m, d] = iso.slice(0, 10).split("-").map(Number);
      const days = this.text.weekdays, w = new Date(Date.UTC(y, m - 1, d)).getUTCDay();
      const week = days.includes(",") ? days.split(",")[w] : days[w];
      return this.t(long ? "date_week" : "date", { d, w: week, month: this.text.months.split(",")[m - 1] });
    }

    age(seconds) {
      if (seconds < 60) return this.t("seconds", { n: Math.floor(seconds) });
      if (seconds < 3600) return this.t("minutes", { n: Math.floor(seconds / 60) });
      return this.t("hours", { n: Math.floor(seconds / 3600) });
    }

    local(ms) {
      return new Date(ms + this.offset).toISOString();
    }

    mark(light) {
      return h("span", { cls: "wall-mark is-" + light, title: this.text["light." + light] }, this.shapes[light]);
    }

    // ---- asking ------------------------------------------------------------------------------------

    async poll() {
      // the first answer is asked for by the page's head already
      const how = this.etag ? { headers: { "If-None-Match": this.etag }, cache: "no-store" } : {};
      try {
        const answer = await fetch(this.root.dataset.url + "?lang=" + this.lang, { ...how, signal: AbortSignal.timeout(10000) });
        if (answer.status === 401 || answer.status === 403) {
          this.closed = true;
        } else if (answer.ok || answer.status === 304) {
          const now = answer.headers.get("X-Gridward-Now");
          if (now) this.offset = Date.parse(now.slice(0, 19) + "Z") - Date.now();
          if (answer.status !== 304) {
            const payload = await answer.json();
            this.etag = answer.headers.get("ETag");
            this.show(payload);
          }
          this.seen = Date.now();
          this.closed = false;
        }
      } catch (_error) {
        // the network or the server is away: the picture stays, its age grows
      }
      this.tick();
      if (!this.maps) this.makeMaps();
    }

    /** Fetch the shapes and draw the maps; asked again with the next poll if that fails. */
    async makeMaps() {
      if (!this.bounds || this.making) return;
      this.making = true;
      const { shapes, Picture } = window.gridward.wallMap;
      try {
        const found = await shapes(this.root.dataset.shapesUrl), first = this.drawing({}, {});
        this.maps = {
          whole: new Picture("wall-map", found, first, this.tiles),
          window: this.window ? new Picture("wall-window", found, first, this.tiles) : null,
        };
        this.frameMaps();
      } catch (error) {
        console.warn(error);
      }
      this.making = false;
    }

    drawing(lights, ranks) {
      return { palette: this.palette, lights, ranks, selected: null, mask: null, label: "rate" };
    }

    show(payload) {
      const before = this.payload;
      this.payload = payload;
      if (before && before.meta.shapes !== payload.meta.shapes) return window.location.reload();
      const ok = payload.state === "ok";
      this.root.classList.remove("is-waiting");
      this.root.classList.toggle("is-empty", !ok);
      if (!ok) {
        this.root.classList.remove("is-late");
        return this.empty(payload);
      }
      if (before && before.state !== "ok" && this.maps) this.frameMaps();
      else this.draw();
    }

    draw() {
      const p = this.payload;
      if (!p || p.state !== "ok") return;
      this.kpis(p);
      this.districts(p);
      this.categories(p);
      this.map(p);
      this.worst(p);
      this.leads(p);
      this.overdue(p);
      this.events(p);
      this.notes(p);
      this.chart(p);
    }

    // ---- the clock -----------------------------------------------------------------------------------

    tick() {
      const now = Date.now(), p = this.payload, quiet = this.seen === null ? 0 : (now - this.seen) / 1000;
      const today = this.local(now);
      const wrongDay = p && p.meta.as_of && p.meta.as_of !== today.slice(0, 10);
      const stale = this.closed || quiet > STALE_S || wrongDay;
      const old = quiet > OLD_S || wrongDay || this.closed;
      this.root.classList.toggle("is-stale", Boolean(stale));
      this.root.classList.toggle("is-old", Boolean(old));
      const seen = this.seen === null ? null : this.local(this.seen);
      const time = seen ? seen.slice(11, 19) : "";
      let words = seen ? this.t("updated", { time }) : this.t("waiting");
      if (stale && seen) {
        if (this.closed) words = this.t("closed", { time });
        else if (quiet > STALE_S) words = this.t("gone", { time, age: this.age(quiet) });
        else words = this.t("old_day", { day: this.day(p.meta.as_of) });
      }
      if (old && seen) {
        const card = wrongDay ? this.t("card_day", { day: this.day(p.meta.as_of) }) : this.t("card_age", { age: this.age(quiet) });
        this.root.querySelectorAll(".wall-age").forEach((node) => { node.textContent = card; });
      }
      put("wall-header", this.header(p, words, today, stale));
    }

    header(p, words, today, stale) {
      const city = p && p.city && (this.lang === "en" ? p.city.name_en || p.city.name : p.city.name);
      const plan = p && p.plan;
      const left = h("div", { cls: "wall-title" },
        h("h1", {}, city ? this.t("heading", { city }) : this.t("heading_plain")),
        plan ? h("span", { cls: "wall-plan" }, this.t("plan_period", { plan: plan.name[this.lang], period: plan.period })) : null,
        p && p.meta.demo ? h("span", { cls: "wall-demo" }, this.t("demo")) : null);
      const deadline = !plan ? null : plan.past
        ? h("span", { cls: "wall-left" }, this.t("deadline_over", { day: this.day(plan.deadline) }), h("b", {}, this.t("days_over", { n: -plan.days_left })))
        : h("span", { cls: "wall-left" }, this.lang === "en" ? null : this.t("deadline_left", { day: this.day(plan.deadline) }),
            h("b", {}, this.t("workdays_left", { n: plan.workdays_left })),
            this.lang === "en" ? this.t("deadline_left", { day: this.day(plan.deadline) }) : null);
      return [left, h("div", { cls: "wall-times" }, deadline,
        h("span", { cls: "wall-clock", role: "status" }, stale ? h("span", { cls: "wall-mark is-yellow" }, "▲") : null, words),
        this.seen === null ? null : h("span", { cls: "wall-now" }, this.day(today, true), h("b", {}, today.slice(11, 16))))];
    }

    // ---- the panels ----------------------------------------------------------------------------------

    head(name, title, sub, ...more) {
      put("wall-" + name + "-head", h("h2", {}, title), h("span", { cls: "wall-age" }), ...(sub instanceof Node ? [sub] : [h("span", { cls: "wall-sub" }, sub || "")]), ...more);
    }

    kpi(label, value, unit, note, cls) {
      return h("div", { cls: "wall-kpi " + (cls || "") },
        h("div", { cls: "wall-kpi-label" }, label, h("span", { cls: "wall-age" })),
        h("div", { cls: "wall-kpi-value" }, h("b", {}, value), unit ? h("small", {}, unit) : null),
        h("div", { cls: "wall-kpi-note" }, note));
    }

    kpis(p) {
      const { total, pace, plan, lights } = p;
      const grids = Object.keys(p.grids).length;
      const unplaced = total.unplaced ? this.t("unplaced_note", { n: number(total.unplaced_remaining) }) : this.t("unplaced_none");
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
    }

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
    }

    chart(p) {
      this.head("burnup", this.t("burnup"), this.t("burnup_sub", { due: number(p.total.due) }));
      const plotly = window.Plotly, node = document.getElementById("wall-burnup");
      if (!plotly) return this.askForPlotly();
      const figure = scaled(p.figure, this.rem() / 16);
      plotly.react(node, figure.data, { ...figure.layout, autosize: true }, { displayModeBar: false, responsive: true, staticPlot: true });
    }

    /** The chart's library is larger than all the rest: it comes once the map stands. */
    askForPlotly() {
      if (this.plotly || (this.bounds && !this.maps)) return;
      this.plotly = h("script", { src: this.root.dataset.plotly });
      this.plotly.addEventListener("load", () => this.payload && this.payload.state === "ok" && this.chart(this.payload));
      this.plotly.addEventListener("error", () => { this.plotly = null; });
      // two frames: one in which the map is drawn, one in which it is shown
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => this.plotly && document.head.append(this.plotly))));
    }

    rem() {
      return parseFloat(getComputedStyle(document.documentElement).fontSize);
    }

    room(name, row) {
      const body = document.getElementById("wall-" + name + "-body");
      return body ? Math.max(1, Math.floor((body.clientHeight + 1) / (row * this.rem()))) : 0;
    }

    districts(p) {
      const expected = (100 * p.total.ratio).toFixed(0) + "%", points = p.districts.map((one) => (one.light === "grey" ? 0 : one.points));
      this.head("districts", this.t("districts"), this.t("districts_sub", { rate: expected }));
      // bars start where the calendar says a district should be: to the left is slow, to the right fast
      const low = Math.min(-15, ...points), high = Math.max(5, ...points), zero = (-100 * low) / (high - low);
      const fits = this.room("districts", 1.75);
      // when not all fit, the slowest are shown: they are sorted so
      const shown = p.districts.length > fits ? p.districts.slice(0, fits - 1) : p.districts;
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
      put("wall-districts-body", rows);
    }

    categories(p) {
      this.head("categories", this.t("categories"), this.t("categories_sub"));
      put("wall-categories-body", p.categories.slice(0, this.room("categories", 2.1)).map((one) => h("div", { cls: "wall-category" },
        h("span", { cls: "wall-name" }, one.name ? one.name[this.lang] : this.t("other_category")),
        h("span", { cls: "wall-bar" }, h("i", { style: { width: (100 * one.done) / one.due + "%" } })),
        h("b", {}, rate(one.done, one.due, 0) + "%"),
        h("span", { cls: "wall-of" }, number(one.done) + "/" + number(one.due)))));
    }

    map(p) {
      const legend = h("span", { cls: "wall-legend" }, ["red", "yellow", "green", "grey"].map((light) =>
        h("span", {}, this.mark(light), this.text["light." + light], h("b", {}, number(p.lights[light])))));
      put("wall-map-head", h("h2", {}, this.t("map")), h("span", { cls: "wall-age" }), legend);
      put("wall-window-head", this.t("window"));
      const ranks = {};
      p.worst.slice(0, 8).forEach((one, i) => { if (one.light === "red" || one.light === "yellow") ranks[one.code] = i + 1; });
      if (!this.maps) return;
      const drawing = this.drawing(p.grids, ranks);
      this.maps.whole.show({ ...drawing, mask: this.maps.window && (this.maps.window.seen() || this.window) });
      if (this.maps.window) this.maps.window.show(drawing);
    }

    worst(p) {
      const loud = p.worst.filter((one) => one.light === "red" || one.light === "yellow");
      const fits = this.room("worst", 2.1);
      if (blank(p)) {
        this.head("worst", this.t("worst"), "");
        return put("wall-worst-body", h("p", { cls: "wall-quiet" }, this.t("no_visits")));
      }
      if (!loud.length) {
        this.head("worst", this.t("calm"), h("span", { cls: "wall-mark is-green" }, "●"));
        put("wall-worst-body", h("p", { cls: "wall-quiet" }, this.t("worst_calm")), p.worst.slice(0, Math.min(5, fits - 1)).map((one) => this.grid(one, null)));
        return;
      }
      this.head("worst", this.t("worst"), this.t("worst_sub"));
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
      put("wall-worst-body", rows);
    }

    grid(one, rank) {
      const place = one.district && !one.name.startsWith(one.district) ? one.district + " · " + one.name : one.name;
      return h("div", { cls: "wall-grid is-" + one.light },
        h("span", { cls: "wall-rank" }, rank && rank <= 8 ? String(rank) : ""),
        h("span", { cls: "wall-name" }, one.name, one.district ? h("small", {}, short(one.district)) : null),
        this.mark(one.light),
        h("b", { title: place }, rate(one.done, one.due, 0) + "%"),
        h("span", { cls: "wall-of" }, one.done + "/" + one.due),
        h("span", { cls: "wall-need" }, one.needed === null ? "—" : one.needed > 0 && one.needed < 10 ? (Math.ceil(one.needed * 10) / 10).toFixed(1) : number(Math.ceil(one.needed))));
    }

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
    }

    overdue(p) {
      const { problems, visits_today } = p, cell = (label, value, unit, late) => h("div", { cls: "wall-cell" + (late ? " is-red" : "") },
        h("span", {}, label), h("b", {}, late ? this.mark("red") : null, number(value), h("small", {}, unit)));
      put("wall-overdue-head", h("span", { cls: "wall-age" }));
      put("wall-overdue-body",
        cell(this.t("problems_overdue"), problems.overdue, this.t("problems_of", { n: number(problems.open) }), problems.overdue > 0),
        cell(this.t("rechecks"), problems.rechecks, problems.rechecks_overdue ? this.t("rechecks_note", { n: number(problems.rechecks_overdue) }) : "", false),
        cell(this.t("visits_today"), visits_today, this.text.visits_unit, false));
    }

    event(one) {
      const place = [one.district, one.grid].filter(Boolean).join(" ") || this.t("city_wide");
      const key = one.kind === "visit" && one.more ? "event.unable" : "event." + one.kind + "." + one.what;
      const words = this.t(this.text[key] ? key : "event." + one.kind, { place, n: one.kind === "import" ? number(one.more) : "" });
      const today = one.at.slice(0, 10) === this.payload.meta.today;
      return h("span", { cls: "wall-event" }, h("time", {}, today ? one.at.slice(11, 16) : this.day(one.at)), words);
    }

    events(p) {
      const found = p.events.map((one) => this.event(one));
      put("wall-ticker", found.length ? found.slice(0, 6) : h("span", { cls: "wall-event" }, this.t("event_none")));
      this.head("events", this.t("events"), "");
      put("wall-events-body", p.events.slice(0, this.room("events", 2.1)).map((one) => this.event(one)));
    }

    notes(p) {
      put("wall-map-source", this.text.source + (this.tiles ? " · " + this.tiles.attribution : ""));
      put("wall-notes", h("span", { cls: "wall-notes" }, [
        this.t("note_light"), this.t("note_rank", { n: p.meta.min_due }), p.plan.provisional ? this.t("note_provisional") : null,
      ].filter(Boolean).join(this.lang === "en" ? ". " : "；")));
    }

    empty(p) {
      const none = p.state === "no_plan" ? "no_plan" : "empty";
      put("wall-empty", h("h2", {}, this.t(none)), h("p", {}, this.t(none + "_note")),
        none === "empty" ? h("p", { cls: "wall-steps" }, this.t("empty_steps")) : null);
    }

    // ---- the size of the page ------------------------------------------------------------------------

    fit() {
      const wide = window.innerWidth / window.innerHeight > 2.6, small = window.innerWidth < 1100 || window.innerHeight < 600;
      const unit = small ? 16 : 16 * Math.min(window.innerWidth / 1920, window.innerHeight / 1080);
      document.documentElement.style.fontSize = unit + "px";
      document.documentElement.classList.add("wall-page");
      this.root.classList.toggle("is-wide", wide && !small);
      this.root.classList.toggle("is-small", small);
      const size = window.innerWidth + "x" + window.innerHeight;
      if (size !== this.size && this.size) {
        this.draw();
        this.frameMaps();
      }
      this.size = size;
    }

    frameMaps() {
      if (!this.maps) return;
      const { whole, window: near } = this.maps, seen = (whole.fit(), near && near.fit() && near.seen());
      // what the window really shows: its frame on the whole says so to the metre
      if (seen) whole.frame(seen, this.palette.text, this.rem() / 8);
      if (this.payload && this.payload.state === "ok") this.draw();
    }
  }

  // nothing due or no visit known: then nothing can be said of pace
  const blank = (p) => p.total.light === "grey";
  // 铁西区 → 铁西, but never down to one character
  const short = (name) => (/^..+[区县市旗]$/.test(name) ? name.slice(0, -1) : name);
  const signed = (points) => {
    const whole = Math.trunc(points);
    return (whole > 0 ? "+" : whole < 0 ? "−" : "") + Math.abs(whole);
  };

  // font sizes, line widths and margins of a figure drawn for 1080 lines, made for this screen
  const LENGTHS = new Set(["size", "width", "l", "r", "t", "b", "xshift", "yshift"]);
  function scaled(value, scale) {
    if (Array.isArray(value)) return typeof value[0] === "object" ? value.map((one) => scaled(one, scale)) : value.slice();
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) =>
      [key, typeof one === "number" && LENGTHS.has(key) ? one * scale : scaled(one, scale)]));
  }

  function start() {
    const root = document.getElementById("wall");
    if (!root || (wall && wall.root === root)) return window.dash_clientside.no_update;
    wall = new Wall(root);
    wall.fit();
    wall.tick();
    window.addEventListener("resize", () => wall.fit());
    setInterval(() => wall.tick(), 1000);
    setInterval(() => wall.poll(), 1000 * Number(root.dataset.poll));
    wall.makeMaps();
    wall.poll().then(() => document.fonts && document.fonts.ready.then(() => wall.draw()));
    return window.dash_clientside.no_update;
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { gridward_wall: { start } });
})();
