/* Where the keyboard stands when what it stood at is gone. After a form was sent: at the first field that was
   refused, at what has to be read before it is sent again, else at the button or at what took its place. After
   a link that draws a part of its page anew: at the form it opened, at the same link, back at what had opened
   a form that is closed. On another page: at its heading. Never at the top of the window. */
(function () {
  "use strict";
  const REFUSED = '[class*="mantine-"][class*="-error"]', SAID = ".gw-conflict, .gw-trouble:not(:empty)";
  const PATIENCE = 15000, DRAWN = 1500;
  const there = (one) => Boolean(one && one.isConnected && one.getClientRects().length);
  const busy = (button) => button.disabled || button.dataset.loading;
  let watch = null, opener = "", begun = false;

  function stop() {
    if (!watch) return;
    watch.observer.disconnect();
    clearTimeout(watch.timer);
    clearTimeout(watch.soon);
    watch = null;
  }

  const TAKES = "a[href], button:not([disabled]), input, select, textarea, [tabindex]";
  function give(target, how) {
    stop();
    if (!target.matches(TAKES)) target.tabIndex = -1;
    target.focus(how);
  }

  const named = (id) => document.getElementById(id);
  const formTitle = () => document.querySelector("#page .gw-edit-form .gw-panel-title");

  // the thing that is drawn anew under its id, or what can be pressed in one of these rows
  function again(button, rows) {
    const same = named(button.id);
    if (there(same) && !same.disabled) return same;
    return rows.map(named).filter(there).map((row) => row.querySelector(TAKES)).find(there);
  }

  // the field that a sentence stands beside: the first thing in its wrapper that takes the keyboard
  function field(said) {
    for (let box = said.parentElement; box && box.id !== "page"; box = box.parentElement) {
      const found = box.querySelector("input:not([type=hidden]), textarea, select");
      if (found) return found;
    }
    return null;
  }

  function look() {
    if (!watch) return;
    const { button, form, act, link, rows } = watch, active = document.activeElement;
    if (active && active !== document.body && active !== button) return stop();  // somebody went on
    if (busy(button)) return;
    const panel = act ? document.querySelector(".gw-first") : form;  // an act's form is drawn anew
    if (there(panel)) {
      const wrong = [...panel.querySelectorAll(REFUSED)].map(field).find(there);
      const said = [...panel.querySelectorAll(SAID)].find(there);
      if (wrong || said) return give(wrong || said);
    }
    const opened = link && formTitle();
    if (opened && opened.textContent !== watch.title) {
      opener = button.id;
      return give(opened);
    }
    if (there(button)) return void (watch.sent && active === document.body && button.focus());
    if (active !== document.body) return;
    const title = there(panel) && panel.querySelector(".gw-panel-title, summary");
    const before = !formTitle() && [named(opener)].find(there);
    const next = again(button, rows) || before || title || (!link && document.querySelector("#page h1"));
    if (next) give(next);
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("#page :is(a[href], button), [role=dialog] button");
    if (!button || button.getAttribute("aria-haspopup") || button.closest(".gw-filters-box")) return;
    stop();
    const link = button.matches("a"), row = button.closest("li[id]");
    const rows = [row && row.nextElementSibling, row].filter(Boolean).map((one) => one.id);  // what is done moves on
    if (link && (button.pathname !== location.pathname || button.target || event.ctrlKey || event.metaKey)) return;
    watch = {
      button, link, rows, title: formTitle()?.textContent, sent: false, act: Boolean(button.closest(".gw-first")),
      form: button.closest("[role=form], [role=dialog], .gw-formed, .gw-panel") || (!link && named("page")),
      observer: new MutationObserver(() => {
        if (!watch) return;
        watch.sent = watch.sent || busy(button);
        clearTimeout(watch.soon);
        watch.soon = setTimeout(look, 80);  // a button is itself again before the sentences of its answer stand
      }),
      timer: setTimeout(stop, PATIENCE),
    };
    watch.observer.observe(document.body, {
      childList: true, subtree: true, attributes: true, attributeFilter: ["disabled", "data-loading"],
    });
  }, true);

  // another page begins at its heading, the first one where browsers begin; one drawn late is waited for
  function arrived(title) {
    if (!title) return "";
    document.title = title;
    window.scrollTo(0, 0);
    if (begun) {
      stop();
      const page = document.getElementById("page");
      const head = () => {
        const found = page.querySelector("h1");
        if (found) give(found, { preventScroll: true });
      };
      const late = new MutationObserver(() => document.activeElement === document.body && head());
      late.observe(page, { childList: true, subtree: true });
      const over = () => late.disconnect();
      setTimeout(over, DRAWN);
      for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, over, { once: true, capture: true });
      head();
    }
    begun = true;
    return "";
  }

  window.gridward = Object.assign(window.gridward || {}, { arrived });
})();
