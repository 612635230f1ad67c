// Visits that wait in this browser to be sent (static/visit-store.js keeps them) are told where an officer's day begins.
(function () {
  "use strict";
  const count = (user) =>
    new Promise((resolve) => {
      const ask = indexedDB.open("gridward-visit", 1), nothing = () => resolve(0);
      ask.onupgradeneeded = () => ask.transaction.abort(); // no visit was ever begun here
      ask.onerror = nothing;
      ask.onsuccess = () => {
        const found = ask.result.transaction("drafts").objectStore("drafts").index("user").getAll(user);
        found.onerror = nothing;
        found.onsuccess = () => {
          ask.result.close();
          resolve(found.result.filter((row) => row.state !== "editing").length);
        };
      };
    });

  async function tell(link) {
    link.dataset.told = "";
    const n = await count(Number(link.dataset.user)).catch(() => 0);
    if (!n) return;
    link.textContent = link.dataset.waits.replace("{n}", n);
    link.classList.add("gw-loud");
  }

  new MutationObserver(() => {
    if (location.pathname !== "/my") return;
    const link = document.querySelector("a[data-waits]:not([data-told])");
    if (link) tell(link);
  }).observe(document, { childList: true, subtree: true });
})();
