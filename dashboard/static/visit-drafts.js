// What waits in this browser for the account that is signed in.
import { $, banner, becomeApp, make, say, watchLinks, watchNet, whyNot } from "./visit-say.js";
import { drafts, erase, login, me, pages, watchLeave, whenStoreFails } from "./visit-store.js";
import { send, sendWaiting } from "./visit-send.js";
import { address } from "./visit-fill.js";

const told = (name, found) => {
  if (found.state === "sent") banner(say("sent_late", { name }));
  else if (found.state === "login") banner(say("login_needed"), { text: say("log_in"), values: { href: login() } });
  else if (found.state === "offline") banner(say("waits"));
  else if (found.state === "failed") banner(found.error.message);
};

function row(draft) {
  const words = { editing: "state_editing", queued: "state_queued", refused: "state_refused" };
  const act = (key, run, quiet) => make("button", { type: "button", class: quiet ? "v-link" : "v-button v-small", onclick: run }, say(key));
  const open = make("a", { class: "v-button v-small", href: `/visit/${draft.enterprise.id}${address(draft)}` }, say("draft_open"));
  const now = async () => { told(draft.enterprise.name, await send(draft)); await show(); };
  const gone = async () => { if (confirm(say("draft_erase_sure", { name: draft.enterprise.name }))) { await erase(draft); await show(); } };
  return make("li", { class: "v-card" },
    make("h2", {}, draft.enterprise.name),
    make("p", { class: "v-fact" }, say(words[draft.state]), ` · ${draft.begun.slice(0, 16).replace("T", " ")} · ${say("photos_n", { n: draft.photos.length })}`),
    draft.error ? make("p", { class: "v-error" }, draft.error.message) : null,
    make("p", { class: "v-row" }, open, draft.state === "queued" ? act("draft_send", now) : null, act("draft_erase", gone, true)));
}

async function show() {
  const found = await drafts();
  $("list").replaceChildren(...found.map(row));
  $("empty").hidden = found.length > 0;
  const ready = await pages();
  $("ready").hidden = !ready.length;
  $("ready-list").replaceChildren(...ready.map((one) => make("li", {}, make("a", { class: "v-ready", href: `/visit/${one.id}` }, one.name))));
}

async function start() {
  watchNet();
  watchLinks();
  becomeApp();
  whenStoreFails(() => banner(say("store_failed")));
  watchLeave();
  if (!me) return banner(say("offline_locked"), { text: say("log_in"), values: { href: login() } });
  if (whyNot()) banner(whyNot());
  await show();
  const all = async () => { await sendWaiting((one, found) => told(one.enterprise.name, found)); await show(); };
  addEventListener("online", all);
  await all();
}
start().catch(() => banner(say("failed")));
