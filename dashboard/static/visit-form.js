// The form of a visit: what is said is kept as it is said, checked where it stands, and sent once.
import { $, banner, becomeApp, embedded, say, secure, watchNet, whyNot } from "./visit-say.js";
import { draft as findDraft, drafts, dropPhoto, erase, keeps, loadPage, loadPhoto, me, saveDraft, savePage, savePhoto } from "./visit-store.js";
import { send, sendWaiting } from "./visit-send.js";
import { shrink, signature } from "./visit-photo.js";
import { clock, lead, metres, position } from "./visit-place.js";
import { leads, others, photos, rechecks, sections } from "./visit-list.js";
import { clear, head, lists, selects, wrong } from "./visit-fill.js";
import { far, findings, missing, overCap, payload, proposal } from "./visit-payload.js";

const RETRY_MS = 30000;
const asked = new URLSearchParams(location.search);
const number = location.pathname.split("/").pop();
// a random id: crypto.randomUUID exists in secure contexts alone
const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

async function opening() {
  if (!embedded?.form) return loadPage(number);
  const { key, user, now, ...rest } = embedded;
  const page = { ...rest, ...lead(now) };
  await savePage(number, page);
  return page;
}

function blank(data, now) {
  const recheck = asked.get("kind") === "recheck", about = Number(asked.get("lead"));
  return {
    id: fresh(), user: me?.user, enterprise: { id: data.form.enterprise.id, name: data.form.enterprise.name }, state: "editing", error: null,
    begun: now(), photos: [], payload: null,
    values: {
      kind: recheck ? "recheck" : asked.get("kind") in data.kinds ? asked.get("kind") : "routine", method: "on_site", no_notice: false, officer2_id: data.form.second,
      arrived_at: null, lon: null, lat: null, point: false, point_note: "", unable: false, unable_reason: null, note: "", checklist: null, results: {}, items: {}, notes: {},
      others: [], rechecks: {}, leads: data.form.leads.some((one) => one.id === about) ? [about] : [], conclusion: null, touched: false, opinion: "", over_cap_reason: "", far_reason: "",
    },
  };
}

async function start() {
  watchNet();
  becomeApp();
  const data = await opening();
  if (!data) return banner(say(me ? "offline_unknown" : "offline_locked"), { text: say("log_in"), values: { href: login() } });
  const now = clock(data);
  const kept = (await drafts()).filter((one) => one.enterprise.id === data.form.enterprise.id);
  const draft = (asked.get("draft") && (await findDraft(asked.get("draft")))) || kept.at(-1) || blank(data, now);
  const form = await new Form(data, draft, now).open();
  $("restored").hidden = !(kept.length || asked.get("draft"));
  $("anew").addEventListener("click", async () => { await erase(draft); location.assign(location.pathname); });
  if (whyNot()) banner(whyNot());
  if (draft.state === "queued") form.deliver();
  else if (draft.error) form.wrong(draft.error.field, draft.error.message);
  const waiting = () => sendWaiting((one, found) => found.state === "sent" && banner(say("sent_late", { name: one.enterprise.name })));
  addEventListener("online", () => (form.draft.state === "queued" ? form.deliver() : waiting()));
  waiting();
}

const login = () => `/login?next=${encodeURIComponent(location.pathname + location.search)}`;

class Form {
  constructor(data, draft, now) {
    draft.values.notes ??= {}; // a draft of before
    Object.assign(this, { data, draft, now, states: data.states, unfolded: {}, blobs: new Map(), urls: new Map(), timer: 0 });
    this.severities = Object.fromEntries(Object.entries(data.severities).filter(([code]) => code !== "unknown"));
  }

  get items() {
    const list = this.data.checklists[this.draft.values.checklist];
    return list ? list.sections.flatMap((section) => section.items) : [];
  }

  get metres() {
    const v = this.draft.values, { lon, lat } = this.data.form.enterprise;
    return v.lon === null || lon === null ? null : metres(v, { lon, lat });
  }

  async open() {
    for (const photo of this.draft.photos) {
      const blob = await loadPhoto(photo.id);
      if (blob) this.blobs.set(photo.id, blob);
    }
    head(this);
    selects(this);
    this.bind();
    this.lists();
    rechecks($("rechecks"), this.data.form.problems, this);
    leads($("leads"), this.data.form.leads, this);
    $("photos").replaceChildren(photos("all", this));
    this.sign();
    this.show();
    $("visit").hidden = false;
    this.ready = true; // from here on somebody says something: an opened form alone is no draft
    return this;
  }

  // one value a control, by its id
  bind() {
    const v = this.draft.values;
    for (const name of ["far_reason", "over_cap_reason", "note", "opinion", "point_note"]) {
      $(name).value = v[name] ?? "";
      $(name).addEventListener("input", () => this.set(name, $(name).value));
    }
    for (const name of ["no_notice", "unable", "point"]) {
      $(name).checked = v[name];
      $(name).addEventListener("change", () => this.set(name, $(name).checked));
    }
    $("officer2_id").value = v.officer2_id ?? "";
    $("officer2_id").addEventListener("change", () => this.set("officer2_id", Number($("officer2_id").value) || null));
    $("kind").value = v.kind;
    $("kind").addEventListener("change", () => { this.set("kind", $("kind").value); this.lists(); });
    for (const radio of document.querySelectorAll("input[name=method]")) {
      radio.checked = radio.value === v.method;
      radio.addEventListener("change", () => { this.set("method", radio.value); this.lists(); });
    }
    $("checklist").addEventListener("change", () => { this.chosen = true; this.set("checklist", $("checklist").value || null); this.lists(); });
    $("all-conform").addEventListener("click", () => {
      for (const item of this.items) v.results[item.code] ??= "conforms";
      sections($("sections"), this.data.checklists[v.checklist], this);
      this.changed();
    });
    $("add-finding").addEventListener("click", () => {
      v.others.push({ key: fresh(), severity: "minor", text: "", clause: "" });
      others($("others"), this);
      this.changed();
      $(`o-${v.others.length - 1}-text`).focus();
    });
    $("no-objection").addEventListener("click", () => { $("opinion").value = say("no_objection"); this.set("opinion", $("opinion").value); });
    $("arrive").addEventListener("click", () => this.arrive());
    $("visit").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    others($("others"), this);
  }

  lists() {
    lists(this);
    sections($("sections"), this.data.checklists[this.draft.values.checklist], this);
    this.changed();
  }

  set(name, value) {
    this.draft.values[name] = value;
    this.changed();
  }

  changed() {
    this.show();
    clear();
    clearTimeout(this.timer);
    if (keeps && this.ready) this.timer = setTimeout(() => this.save(), 300);
  }

  async save() {
    clearTimeout(this.timer);
    if (!keeps || this.draft.state === "sent") return;
    this.draft.updated = Date.now();
    await saveDraft(this.draft);
    $("saved").textContent = say("saved", { time: this.now().slice(11, 16) });
  }

  // what follows from what has been said
  show() {
    const v = this.draft.values, away = this.metres;
    for (const part of document.querySelectorAll("[data-able]")) part.classList.toggle("is-off", v.unable);
    $("unable-part").hidden = !v.unable;
    const field = (name, on) => (document.querySelector(`[data-field="${name}"]`).hidden = !on);
    field("far_reason", far(v, away, this.data.near));
    field("over_cap_reason", overCap(v, this.data.form.cap));
    field("point_note", v.point && v.lon !== null);
    $("point-box").hidden = v.lon === null || (away !== null && away < 30);
    if (v.arrived_at) {
      const time = v.arrived_at.slice(11, 16), near = away !== null && away <= this.data.near;
      $("arrived").textContent = v.lon === null ? say("arrived_time", { time })
        : away === null ? say("arrived_unregistered", { time, accuracy: v.accuracy })
        : say(near ? "arrived_near" : "arrived_far", { time, distance: Math.round(away), accuracy: v.accuracy });
      $("arrived").className = `v-fact ${v.lon !== null && away !== null ? (near ? "is-good" : "is-bad") : ""}`;
    }
    const proposed = proposal(v, this.items);
    if (!v.touched && v.conclusion !== proposed) {
      v.conclusion = proposed;
      for (const radio of document.querySelectorAll("input[name=conclusion]")) radio.checked = radio.value === proposed;
    }
    const n = findings(v, this.items).rows.length;
    $("proposed").textContent = proposed ? say("proposed", { conclusion: this.data.conclusions[proposed], n }) : say("proposed_later");
  }

  async arrive() {
    const v = this.draft.values;
    v.arrived_at = this.now();
    this.changed();
    if (!secure) return;
    $("arrive").setAttribute("aria-busy", "true");
    const found = await position();
    $("arrive").removeAttribute("aria-busy");
    if (found.why) {
      this.wrong("arrived_at", say(`position_${found.why}`));
      return;
    }
    Object.assign(v, found);
    this.changed();
  }

  async addPhoto(of, file) {
    const code = of.startsWith("item:") ? of.slice(5) : null;
    const lines = [this.data.form.enterprise.name, `${this.now().slice(0, 16).replace("T", " ")}  ${this.data.form.me.name}`];
    const blob = await shrink(file, lines).catch(() => null);
    if (!blob) return this.wrong("attachments", say("photo_unreadable"));
    await this.keep({ of, item_code: code, what: "photo" }, blob);
  }

  async keep(photo, blob) {
    const one = { ...photo, id: fresh(), name: `${photo.what}-${this.draft.photos.length + 1}`, taken_at: this.now(), sent: false };
    this.blobs.set(one.id, blob);
    await savePhoto(one.id, blob);
    this.draft.photos.push(one);
    this.changed();
    await this.save();
  }

  async dropPhoto(id) {
    this.draft.photos = this.draft.photos.filter((one) => one.id !== id);
    this.blobs.delete(id);
    await dropPhoto(id);
    this.changed();
  }

  address(id) {
    if (!this.urls.has(id) && this.blobs.has(id)) this.urls.set(id, URL.createObjectURL(this.blobs.get(id)));
    return this.urls.get(id) ?? "";
  }

  sign() {
    const pad = signature($("sign"), async (blob) => {
      for (const old of this.draft.photos.filter((one) => one.what === "signature")) await this.dropPhoto(old.id);
      if (blob) await this.keep({ of: "sign", item_code: null, what: "signature" }, blob);
    });
    $("sign-clear").addEventListener("click", () => pad.clear());
    const signed = this.draft.photos.find((one) => one.what === "signature");
    if (signed && this.blobs.has(signed.id)) pad.show(this.blobs.get(signed.id));
  }

  async submit() {
    const v = this.draft.values, { near, form } = this.data;
    clear();
    const lacks = missing(this.draft, this.items, { metres: this.metres, near, cap: form.cap });
    if (lacks) return this.wrong(...lacks);
    if (!v.finished_at || this.draft.state !== "queued") v.finished_at = this.now();
    this.draft.payload = payload(this.draft, this.items);
    this.draft.state = "queued";
    this.draft.error = null;
    await this.save();
    await this.deliver();
  }

  async deliver() {
    this.hold(true);
    $("saved").textContent = say("sending");
    const found = await send(this.draft, this.blobs);
    $("saved").textContent = "";
    $("send").disabled = false;
    if (found.state === "refused") this.hold(false);
    if (found.state === "sent") return this.done(found.id);
    if (found.state === "refused") {
      this.draft.state = "editing";
      return this.wrong(found.error.field, found.error.message);
    }
    const target = keeps ? {} : { target: "_blank", rel: "noopener" };
    if (found.state === "login") banner(say(keeps ? "login_needed" : "login_needed_open"), { text: say("log_in"), values: { href: login(), ...target } });
    else {
      banner(say(keeps ? "waits" : "waits_open"));
      setTimeout(() => this.draft.state === "queued" && !$("send").disabled && this.deliver(), RETRY_MS);
    }
    $("banner").scrollIntoView({ block: "center" });
  }

  // what may have arrived must not change any more: it could not be told from another visit
  hold(on) {
    $("send").disabled = on;
    for (const card of document.querySelectorAll("#visit .v-card")) card.inert = on;
  }

  done(number) {
    this.draft.state = "sent";
    clearTimeout(this.timer);
    banner("");
    $("visit").hidden = true;
    $("done").hidden = false;
    $("done-text").textContent = say("done_text", { name: this.draft.enterprise.name, number });
    $("done-file").href = `/enterprises/${this.draft.enterprise.id}`;
    $("done").querySelector("h1").focus();
  }

  // "finding:<n>" is the n-th of what was sent
  wrong(field, message) {
    const sent = findings(this.draft.values, this.items).places;
    wrong(field?.startsWith("finding:") ? sent[+field.slice(8)] : field, message);
  }
}
start();
