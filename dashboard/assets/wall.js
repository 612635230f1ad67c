/* The wall: asks for its payload by itself, draws it, and says how old it is. No words live here: they
   come from the catalogues in data-text of the root element. Its panels are in the other wall-*.js. */
(function () {
  "use strict";
  const { h, put } = window.gridward.wallInk;
  let wall = null;

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
      this.missed = 0; // polls in a row that brought nothing
      this.closed = false;
      this.size = "";
    }

    rem() {
      return parseFloat(getComputedStyle(document.documentElement).fontSize);
    }

    room(name, row) {
      const body = document.getElementById("wall-" + name + "-body");
      return body ? Math.max(1, Math.floor((body.clientHeight + 1) / (row * this.rem()))) : 0;
    }

    head(name, title, sub, ...more) {
      put("wall-" + name + "-head", h("h2", {}, title), h("span", { cls: "wall-age" }), ...(sub instanceof Node ? [sub] : [h("span", { cls: "wall-sub" }, sub || "")]), ...more);
    }

    // ---- asking ------------------------------------------------------------------------------------

    async poll() {
      // the first answer is asked for by the page's head already
      const how = this.etag ? { headers: { "If-None-Match": this.etag }, cache: "no-store" } : {};
      this.missed += 1;
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
          this.missed = 0;
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
        const found = await shapes(this.root.dataset.shapesUrl), first = this.drawing({}, {}, {});
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

    drawing(lights, districts, ranks) {
      return { palette: this.palette, lights, districts, ranks, selected: null, mask: null, label: "mark" };
    }

    // ---- drawing -----------------------------------------------------------------------------------

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

  const { wallWords, wallTimes, wallProgress, wallNeeds } = window.gridward;
  Object.assign(Wall.prototype, wallWords, wallTimes, wallProgress, wallNeeds);

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
