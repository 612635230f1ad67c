// The form of a visit: what is said is kept as it is said, checked where it stands, and sent once.
import { $, say, secure } from "./visit-say.js";
import { dropPhoto, erase, keeps, loadPhoto, saveDraft, savePhoto } from "./visit-store.js";
import { submit } from "./visit-deliver.js";
import { shrink, signature } from "./visit-photo.js";
import { metres, position, way } from "./visit-place.js";
import { leads, others, photos, rechecks, sections } from "./visit-list.js";
import { address, clear, head, lists, selects, wrong } from "./visit-fill.js";
import { prepare, show as showCorrection } from "./visit-correct.js";
import { counted, far, findings, overCap, proposal, prune } from "./visit-payload.js";

// a random id: crypto.randomUUID exists in secure contexts alone
export const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

export class Form {
  constructor(data, draft, now) {
    draft.values.notes ??= {}; // a draft of before
    prune(draft.values, data.form);
    Object.assign(this, { data, draft, now, states: data.states, unfolded: {}, blobs: new Map(), urls: new Map(), timer: 0, retry: 0 });
    Object.assign(this, { dirty: false, pending: new Set(), told: new Set() });
    if (draft.corrects) prepare(this);
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
    if (this.draft.corrects) showCorrection(this);
    this.show();
    $("visit").hidden = false;
    this.ready = true; // from here on somebody says something: an opened form alone is no draft
    return this;
  }

  // one value a control, by its id
  bind() {
    const v = this.draft.values;
    for (const name of ["far_reason", "over_cap_reason", "note", "opinion", "point_note", "late_reason", "correct_reason"]) {
      $(name).value = v[name] ?? "";
      $(name).addEventListener("input", () => this.set(name, $(name).value));
    }
    $("finished_at").value = v.finished ?? "";
    $("finished_at").addEventListener("input", () => this.set("finished", $("finished_at").value));
    $("finished-hint").textContent = say("finished_hint", { n: this.data.late_days ?? "—" });
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
    $("visit").addEventListener("submit", (event) => { event.preventDefault(); submit(this); });
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
    if (!keeps || !this.ready) return;
    this.dirty = true;
    this.timer = setTimeout(() => this.save(), 300);
  }

  async save() {
    clearTimeout(this.timer);
    if (!keeps || this.draft.state === "sent") return;
    this.dirty = false;
    this.draft.updated = Date.now();
    await saveDraft(this.draft);
    if (!keeps) return;
    $("saved").textContent = say("saved", { time: this.now().slice(11, 16) });
    // loaded again, the page has this draft, whatever its way in asked for
    const own = address(this.draft);
    if (location.search !== own) history.replaceState(null, "", own);
  }

  async anew() {
    if (!confirm(say("draft_erase_sure", { name: this.draft.enterprise.name }))) return;
    this.draft.state = "sent"; // nothing keeps it again on the way out
    await erase(this.draft);
    location.assign(location.pathname + (this.draft.corrects ? `?corrects=${this.draft.corrects.id}` : ""));
  }

  // what follows from what has been said
  show() {
    const v = this.draft.values, away = this.metres;
    for (const part of document.querySelectorAll("[data-able]")) part.classList.toggle("is-off", v.unable);
    $("unable-part").hidden = !v.unable;
    const field = (name, on) => (document.querySelector(`[data-field="${name}"]`).hidden = !on);
    $("cap").hidden = !counted(v) || Boolean(this.draft.corrects); // what no cap counts has none to be near
    // what the server has asked for stays, whatever this page knows of it
    field("far_reason", far(v, away, this.data.near) || this.told.has("far_reason"));
    field("over_cap_reason", overCap(v, this.data.form.cap) || this.told.has("over_cap_reason"));
    field("late_reason", (!this.draft.corrects && v.finished && v.finished.slice(0, 10) < this.now().slice(0, 10)) || this.told.has("late_reason"));
    field("point_note", v.point && v.lon !== null);
    $("point-box").hidden = Boolean(this.draft.corrects) || v.lon === null || (away !== null && away < 30);
    if (v.arrived_at) {
      const time = v.arrived_at.slice(11, 16), near = away !== null && away <= this.data.near;
      $("arrived").textContent = this.draft.corrects && away !== null ? say("arrived_kept", { time, way: way(away) })
        : v.lon === null ? say("arrived_time", { time })
        : away === null ? say("arrived_unregistered", { time, accuracy: v.accuracy })
        : say(near ? "arrived_near" : "arrived_far", { time, way: way(away), accuracy: v.accuracy });
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
    // the place of before belongs to the time of before
    Object.assign(v, { arrived_at: this.now(), lon: null, lat: null, accuracy: null, point: false });
    $("point").checked = false;
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

  // what is sent waits until a photo lies in the draft → whether it does
  working(act) {
    const one = act.finally(() => this.pending.delete(one));
    this.pending.add(one);
    return one;
  }

  addPhoto(of, file) {
    return this.working(this.marked(of, file));
  }

  async marked(of, file) {
    const code = of.startsWith("item:") ? of.slice(5) : null;
    const lines = [this.data.form.enterprise.name, `${this.now().slice(0, 16).replace("T", " ")}  ${this.data.form.me.name}`];
    const blob = await shrink(file, lines).catch(() => null);
    if (blob) return this.keep({ of, item_code: code, what: "photo" }, blob);
    this.wrong("attachments", say("photo_unreadable"));
    return false;
  }

  async keep(photo, blob) {
    const one = { ...photo, id: fresh(), name: `${photo.what}-${this.draft.photos.length + 1}`, taken_at: this.now(), sent: false };
    this.blobs.set(one.id, blob);
    await savePhoto(one.id, blob);
    this.draft.photos.push(one);
    this.changed();
    await this.save();
    return true;
  }

  async dropPhoto(id) {
    this.draft.photos = this.draft.photos.filter((one) => one.id !== id);
    this.blobs.delete(id);
    URL.revokeObjectURL(this.urls.get(id));
    this.urls.delete(id);
    await dropPhoto(id);
    this.changed();
  }

  address(id) {
    if (!this.urls.has(id) && this.blobs.has(id)) this.urls.set(id, URL.createObjectURL(this.blobs.get(id)));
    return this.urls.get(id) ?? "";
  }

  sign() {
    let last = Promise.resolve();
    const pad = signature($("sign"), (drawn) => {
      last = last.then(async () => {
        const blob = await drawn;
        for (const old of this.draft.photos.filter((one) => one.what === "signature")) await this.dropPhoto(old.id);
        return !blob || this.keep({ of: "sign", item_code: null, what: "signature" }, blob);
      });
      this.working(last);
    });
    $("sign-clear").addEventListener("click", () => pad.clear());
    const signed = this.draft.photos.find((one) => one.what === "signature");
    if (signed && this.blobs.has(signed.id)) pad.show(this.blobs.get(signed.id));
  }

  // "finding:<n>" is the n-th of what was sent
  wrong(field, message) {
    const sent = findings(this.draft.values, this.items).places;
    this.told.add(field);
    wrong(field?.startsWith("finding:") ? sent[+field.slice(8)] : field, message);
  }
}
