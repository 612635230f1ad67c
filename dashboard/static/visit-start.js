// Opens the form of a visit: as a page of the server brings it, or as this browser kept it, with the draft that belongs to it.
import { $, banner, becomeApp, embedded, say, watchLinks, watchNet, whyNot } from "./visit-say.js";
import { drafts, loadPage, login, me, savePage, watchLeave, whenStoreFails } from "./visit-store.js";
import { sendWaiting } from "./visit-send.js";
import { deliver } from "./visit-deliver.js";
import { clock, lead } from "./visit-place.js";
import { Form, fresh } from "./visit-form.js";
import { kept as keptOf, said } from "./visit-correct.js";

const asked = new URLSearchParams(location.search);
const number = location.pathname.split("/").pop(), corrected = Number(asked.get("corrects")) || null;
let beforeLeaving = async () => {};

async function opening() {
  if (!embedded?.form) return loadPage(number);
  const { key, user, name, now, corrects, ...rest } = embedded;
  const page = { ...rest, ...lead(now) };
  if (!corrects) await savePage(number, page);
  return { ...page, corrects };
}

function blank(data, now) {
  return {
    id: fresh(), user: me?.user, enterprise: { id: data.form.enterprise.id, name: data.form.enterprise.name }, state: "editing", error: null,
    begun: now(), photos: [], payload: null, ...(data.corrects && { corrects: keptOf(data.corrects) }),
    values: {
      kind: "routine", method: "on_site", no_notice: false, officer2_id: data.form.second,
      arrived_at: null, lon: null, lat: null, point: false, point_note: "", unable: false, unable_reason: null, note: "", checklist: null, results: {}, items: {}, notes: {},
      others: [], rechecks: {}, leads: [], conclusion: null, touched: false, opinion: "", over_cap_reason: "", far_reason: "",
      finished: "", late_reason: "", correct_reason: "", ...(data.corrects && said(data.corrects)),
    },
  };
}

// the way in says what the visit is for, also where a draft was begun otherwise → whether its kind is another now
function follow(v, data) {
  const kind = asked.get("kind"), about = Number(asked.get("lead")), before = v.kind;
  if (kind && Object.hasOwn(data.kinds, kind)) v.kind = kind;
  if (data.form.leads.some((one) => one.id === about) && !v.leads.includes(about)) v.leads.push(about);
  return v.kind !== before;
}

async function start() {
  watchNet();
  watchLinks(() => beforeLeaving());
  becomeApp();
  whenStoreFails(() => { $("saved").textContent = ""; banner(say("store_failed")); });
  const data = await opening();
  if (!data) return banner(say(me ? "offline_unknown" : "offline_locked"), { text: say("log_in"), values: { href: login() } });
  const now = clock(data);
  const kept = (await drafts()).filter((one) => one.enterprise.id === data.form.enterprise.id && (one.corrects?.id ?? null) === corrected);
  // what waits to be sent is another visit, unless its address asks for it
  const begun = kept.find((one) => one.id === asked.get("draft")) ?? kept.filter((one) => one.state !== "queued").at(-1);
  if (corrected && !begun && !data.corrects) return banner(say("offline_unknown"));
  const draft = begun ?? blank(data, now), queued = draft.state === "queued";
  const changed = !queued && !corrected && follow(draft.values, data);
  const form = await new Form(data, draft, now).open();
  $("restored").hidden = !begun;
  $("anew").addEventListener("click", () => form.anew());
  if (whyNot()) banner(whyNot());
  else if (begun && changed) banner(say("kind_followed", { kind: data.kinds[draft.values.kind] }));
  else if (kept.some((one) => one !== draft && one.state === "queued")) banner(say("queued_here"));
  if (queued) deliver(form);
  else if (draft.error) form.wrong(draft.error.field, draft.error.message);
  keepOnLeaving(form);
  const waiting = () => sendWaiting((one, found) => found.state === "sent" && banner(say("sent_late", { name: one.enterprise.name })), draft.id);
  addEventListener("online", () => (form.draft.state === "queued" ? deliver(form) : waiting()));
  waiting();
}

function keepOnLeaving(form) {
  watchLeave(() => form.save());
  addEventListener("visibilitychange", () => document.hidden && form.dirty && form.save());
  beforeLeaving = async () => {
    if (!form.dirty && !form.pending.size) return;
    await Promise.all(form.pending);
    await form.save();
  };
}

start().catch(() => banner(say("failed")));
