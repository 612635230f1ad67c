/* The wall's words and days, from the catalogues in data-text of the root element; part of Wall. */
window.gridward = window.gridward || {};
window.gridward.wallWords = (function () {
  "use strict";
  const { h } = window.gridward.wallInk;

  return {
    t(key, params) {
      const words = this.text[key];
      if (words === undefined) return key;
      return words.replace(/\{(\w+)\}/g, (_, name) => (params && params[name] !== undefined ? params[name] : ""));
    },

    day(iso, long) {
      const [y, m, d] = iso.slice(0, 10).split("-").map(Number);
      const days = this.text.weekdays, w = new Date(Date.UTC(y, m - 1, d)).getUTCDay();
      const week = days.includes(",") ? days.split(",")[w] : days[w];
      return this.t(long ? "date_week" : "date", { d, w: week, month: this.text.months.split(",")[m - 1] });
    },

    age(seconds) {
      if (seconds < 60) return this.t("seconds", { n: Math.floor(seconds) });
      if (seconds < 3600) return this.t("minutes", { n: Math.floor(seconds / 60) });
      return this.t("hours", { n: Math.floor(seconds / 3600) });
    },

    mark(light) {
      return h("span", { cls: "wall-mark is-" + light, title: this.text["light." + light] }, this.shapes[light]);
    },
  };
})();
