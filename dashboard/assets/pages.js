/* What tables and pages do in the browser: cells, opening rows, copying. No data leaves this machine. */
(function () {
  "use strict";
  const h = (...args) => window.React.createElement(...args);
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const SHAPES = { green: "●", yellow: "▲", red: "■", grey: "○", done: "●", open: "○", out: "–" };

  function go(href) {
    // the same as a click on a dcc.Link: the page changes without loading everything again
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  function link(href, children, className) {
    return h("a", {
      href, className, tabIndex: -1,
      onClick: (event) => {
        event.stopPropagation();
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
        event.preventDefault();
        go(href);
      },
    }, children);
  }

  components.GwLink = function (props) {
    if (!props.data) return h("span", { className: "gw-cell-wait" });
    const href = props.data[props.href || "href"];
    const shown = props.number ? props.valueFormatted : props.value;
    const style = props.number ? "gw-cell-number" : "gw-cell-link";
    return href && props.value !== 0 ? link(href, shown, style) : shown || "—";
  };

  components.GwChip = function (props) {
    if (!props.data || props.value == null || props.value === "") return "—";
    const light = props.data[props.light || "light"] || "grey";
    const word = props.data[props.word] || props.value;
    return h("span", { className: "gw-chip gw-" + light },
      h("span", { className: "gw-chip-shape", "aria-hidden": true }, SHAPES[light]), word);
  };

  /* 83.4 %  32/56 over a thin bar: a rate never stands without what it is made of */
  components.GwRate = function (props) {
    const row = props.data || {};
    const parts = [h("span", { key: "r", className: "gw-rate-number" }, row.rate)];
    parts.push(h("span", { key: "n", className: "gw-rate-parts" }, row.done + " / " + row.due));
    const bar = h("span", { key: "b", className: "gw-rate-bar", "aria-hidden": true },
      h("span", { className: "gw-rate-fill gw-fill-" + row.light, style: { width: (row.percent || 0) + "%" } }));
    return h("span", { className: "gw-rate" }, h("span", { className: "gw-rate-words" }, parts), bar);
  };

  functions.gwOpen = function (params) {
    const selected = window.getSelection && String(window.getSelection());
    if (params.data && params.data.href && !selected) go(params.data.href);
    return null;
  };

  // Enter opens the row in whose cells the keyboard stands; Space ticks it where rows can be ticked
  functions.gwKey = function (params) {
    if (params.event && params.event.key === "Enter" && params.data && params.data.href) go(params.data.href);
    return null;
  };

  // Tab leaves a table, the arrows walk in it: else who has no mouse goes through every cell of every row
  functions.gwTab = () => false;

  // a box whose options the server has looked for shows them as they came
  (window.dashMantineFunctions = window.dashMantineFunctions || {}).gwAsFound = ({ options }) => options;

  const URGENCY = { red: 0, yellow: 1, green: 2, grey: 3 };
  functions.gwSeverity = (a, b, one, other) => {
    const rank = (node) => URGENCY[((node && node.data) || {}).light] || 0;
    return rank(one) - rank(other);
  };

  // columns that ask for room are shown only where there is some
  functions.gwFit = function (params) {
    const grid = params.api.getGridId && document.querySelector('[grid-id="' + params.api.getGridId() + '"]');
    const width = params.clientWidth || (grid && grid.clientWidth) || window.innerWidth;
    const show = [], hide = [];
    for (const column of params.api.getColumns() || []) {
      const context = column.getColDef().context;
      if (context && context.from) (width >= context.from ? show : hide).push(column.getColId());
    }
    params.api.setColumnsVisible(show, true);
    params.api.setColumnsVisible(hide, false);
    if (width < 420) params.api.sizeColumnsToFit();  // a phone has no room to scroll sideways
    return null;
  };

  // ag-grid tells its first size before Dash listens: fit once when a table has been mounted
  document.addEventListener("animationstart", function (event) {
    if (event.animationName !== "gw-mounted") return;
    if (event.target.type === "file") {  // dcc.Upload gives its input no name
      event.target.setAttribute("aria-label", event.target.parentElement.innerText.trim());
      event.target.tabIndex = -1;
      return;
    }
    const box = event.target.closest(".gw-table");
    if (box && box.id) window.dash_ag_grid.getApiAsync(box.id).then((api) => functions.gwFit({ api }));
  });

  // a phone opens the filters by a button
  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest(".gw-filters-button");
    if (!button) return;
    const open = button.parentElement.classList.toggle("gw-filters-open");
    button.setAttribute("aria-expanded", String(open));
  });

  /* A list whose address asks for something else: sorted so, its rows asked for again, and shown where a
     number further up led to it. `purged` changes when rows have changed under an unchanged address. */
  const asked = {};
  async function again(wanted, purged) {
    const api = await window.dash_ag_grid.getApiAsync(wanted.table);
    const now = api.getColumnState().find((column) => column.sort) || {};
    const before = asked[wanted.table] || {};
    asked[wanted.table] = { query: wanted.query, purged };
    if (now.colId !== wanted.column || now.sort !== wanted.way) {  // this asks for rows by itself
      api.applyColumnState({ state: [{ colId: wanted.column, sort: wanted.way }], defaultState: { sort: null } });
    } else if (before.query !== wanted.query || before.purged !== purged) {
      api.deselectAll();
      api.purgeInfiniteCache();
    }
    api.ensureIndexVisible(0);
    const place = window.location.hash && document.querySelector(window.location.hash + ".gw-anchor");
    if (place) {
      window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
      if (place.getBoundingClientRect().top > window.innerHeight * 0.6) place.scrollIntoView();
    }
    return "";
  }

  window.gridward = Object.assign(window.gridward || {}, { go, again });
})();
