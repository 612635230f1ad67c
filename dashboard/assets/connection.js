// The server is gone, and comes back: told across the page, and over by itself.
(function () {
  "use strict";
  const AGAIN_MS = 3000, GONE = [502, 503, 504];
  const plain = window.fetch;
  let gone = false, empty = false, undone = false;

  function show() {
    document.documentElement.classList.toggle("gw-gone", gone);
    const box = document.getElementById("connection");
    if (box) box.textContent = gone ? box.dataset.said : "";  // a live region tells what appears in it
  }

  async function retry() {
    const answer = await plain("/healthz", { cache: "no-store" }).catch(() => null);
    if (!answer || !answer.ok) return setTimeout(retry, AGAIN_MS);
    gone = false;
    show();
    // a page that never came, or rows that were asked for, come with a new start; what was pressed is told
    if (empty) location.reload();
    else if (undone) {
      const box = document.getElementById("connection");
      window.dash_clientside.set_props("notice", { data: { message: box.dataset.undone, kind: "info" } });
    }
    empty = undone = false;
  }

  function lost(args) {
    const body = (args[1] && args[1].body) || "";
    const asked = typeof body === "string" ? body : "";
    if (asked.includes('"output"')) {
      if (/page\.children|getRowsResponse/.test(asked.slice(0, 400))) empty = true;
      else if (!asked.includes(".n_intervals\"]")) undone = true;
    }
    if (gone) return;
    gone = true;
    show();
    setTimeout(retry, AGAIN_MS);
  }

  window.fetch = async function (...args) {
    try {
      const answer = await plain.apply(this, args);
      if (GONE.includes(answer.status)) lost(args);
      return answer;
    } catch (error) {
      if (!(error && error.name === "AbortError")) lost(args);
      throw error;
    }
  };
  window.addEventListener("offline", () => lost([]));
})();
