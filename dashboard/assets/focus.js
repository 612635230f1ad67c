/* Where the keyboard stands after a form was sent: at the first field that was refused, at what has to be
   read before it is sent again, else at the button or at what took its place – never at the top of the page. */
(function () {
  "use strict";
  const REFUSED = '[class*="mantine-"][class*="-error"]', SAID = ".gw-conflict, .gw-trouble:not(:empty)";
  const PATIENCE = 15000;
  const there = (one) => Boolean(one && one.isConnected && one.getClientRects().length);
  const busy = (button) => button.disabled || button.dataset.loading;
  let watch = null;

  function stop() {
    if (!watch) return;
    watch.observer.disconnect();
    clearTimeout(watch.timer);
    clearTimeout(watch.soon);
    watch = null;
  }

  function give(target) {
    stop();
    if (!target.matches("a[href], button, input, select, textarea, [tabindex]")) target.tabIndex = -1;
    target.focus();
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
    const { button, form, act } = watch, active = document.activeElement;
    if (active && active !== document.body && active !== button) return stop();  // somebody went on
    if (busy(button)) return;
    const panel = act ? document.querySelector(".gw-first") : form;  // an act's form is drawn anew
    if (there(panel)) {
      const wrong = [...panel.querySelectorAll(REFUSED)].map(field).find(there);
      const said = [...panel.querySelectorAll(SAID)].find(there);
      if (wrong || said) return give(wrong || said);
    }
    if (there(button)) return void (watch.sent && active === document.body && button.focus());
    if (active !== document.body) return;
    const title = there(panel) && panel.querySelector(".gw-panel-title, summary");
    const next = title || document.querySelector("#page h1");
    if (next) give(next);
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("#page button, [role=dialog] button");
    if (!button || button.getAttribute("aria-haspopup") || button.closest(".gw-filters-box")) return;
    stop();
    watch = {
      button, sent: false, act: Boolean(button.closest(".gw-first")),
      form: button.closest("[role=form], [role=dialog], .gw-formed, .gw-panel") || document.getElementById("page"),
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
})();
