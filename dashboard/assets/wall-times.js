/* The wall's head: what city and plan, how long until the deadline, how old the picture is; part of Wall. */
window.gridward = window.gridward || {};
window.gridward.wallTimes = (function () {
  "use strict";
  const { h, put } = window.gridward.wallInk;
  const STALE_S = 60; // four polls missed: the clock turns amber
  const OLD_S = 300; // then each card says its own age

  return {
    local(ms) {
      return new Date(ms + this.offset).toISOString();
    },

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
      // one missed poll is nothing, two are said quietly
      if (!stale && seen && this.missed > 1) words = this.t("lost", { time });
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
      this.ticker(now);
    },

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
    },
  };
})();
