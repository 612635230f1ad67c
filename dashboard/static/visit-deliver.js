// Sending from the form: what is plainly missing is said first; then the draft waits until it has arrived.
import { $, banner, make, say } from "./visit-say.js";
import { keeps, login } from "./visit-store.js";
import { send } from "./visit-send.js";
import { clear } from "./visit-fill.js";
import { ended, undated } from "./visit-correct.js";
import { missing, payload } from "./visit-payload.js";

const RETRY_MS = 30000;

export async function submit(form) {
  const { draft, data } = form;
  clear();
  if (!(await settled(form))) return;
  const pressed = form.now();
  const lacks = missing(draft, form.items, { metres: form.metres, near: data.near, cap: data.form.cap }) ?? undated(draft, pressed);
  if (lacks) return form.wrong(...lacks);
  if (!draft.values.finished_at || draft.state !== "queued") Object.assign(draft.values, { pressed_at: pressed, finished_at: ended(draft, pressed) });
  draft.payload = payload(draft, form.items);
  draft.state = "queued";
  draft.error = null;
  await form.save();
  await deliver(form);
  if (!$("banner").hidden) $("banner").scrollIntoView({ block: "center" });
}

// photos that are still being shrunk go along; one that cannot be read stops the rest
async function settled(form) {
  let all = true;
  $("send").disabled = true;
  while (form.pending.size) {
    $("saved").textContent = say("photos_busy");
    all = (await Promise.all(form.pending)).every(Boolean) && all;
  }
  $("send").disabled = false;
  return all;
}

export async function deliver(form) {
  if ($("send").disabled) return;
  clearTimeout(form.retry);
  hold(true);
  $("saved").textContent = say("sending");
  const found = await send(form.draft, form.blobs);
  $("saved").textContent = "";
  $("send").disabled = $("anew").disabled = false;
  if (found.state === "sent") return done(form, found);
  if (found.state === "refused") {
    hold(false);
    form.draft.state = "editing";
    const href = `/papers/visit/${found.error.theirs}`;
    if (found.error.theirs) return banner(found.error.message, { text: say("theirs"), values: { href, target: "_blank", rel: "noopener" } });
    return form.wrong(found.error.field, found.error.message);
  }
  const target = keeps ? {} : { target: "_blank", rel: "noopener" };
  if (found.state === "login") return banner(say(keeps ? "login_needed" : "login_needed_open"), { text: say("log_in"), values: { href: login(), ...target } });
  banner(say(found.state === "failed" ? "server_failed" : keeps ? "waits" : "waits_open"));
  form.retry = setTimeout(() => form.draft.state === "queued" && deliver(form), RETRY_MS);
}

// what may have arrived must not change any more: it could not be told from another visit
function hold(on) {
  $("send").disabled = $("anew").disabled = on;
  for (const card of document.querySelectorAll("#visit .v-card")) card.inert = on;
}

function done(form, { id: number, effects = [] }) {
  const { corrects } = form.draft;
  form.draft.state = "sent";
  clearTimeout(form.timer);
  banner("");
  $("visit").hidden = true;
  $("done").hidden = false;
  $("done-text").textContent = say(corrects ? "corrected_text" : "done_text", { name: form.draft.enterprise.name, number, old: corrects?.id });
  if (corrects) $("done").querySelector("h1").textContent = say("corrected");
  $("done-effects").replaceChildren(...effects.map((one) => make("li", {}, one)));
  $("done-file").href = `/enterprises/${form.draft.enterprise.id}`;
  $("done-paper").href = `/papers/visit/${number}`;
  // each finding has become a problem, which waits to be ordered rectified
  const n = corrects ? 0 : form.draft.payload.findings.length, waits = $("done-waits");
  waits.hidden = !n;
  waits.firstElementChild.textContent = say("done_waits", { n });
  waits.firstElementChild.href = `/documents/visit/${number}/order`; // one notice orders all of it
  $("done").querySelector("h1").focus();
}
