// A correction is the form of its visit: what was said can be said anew, what only the place could prove stays.
import { $, make, say } from "./visit-say.js";

const key = (n) => `f${n}`;
const minute = (at) => at.slice(0, 16);

// what the server says of the visit → what the form says before anybody changes it
export function said(old) {
  const failed = (one) => one.item_code && old.results[one.item_code] === "fails";
  const words = ({ severity, text, clause }) => ({ severity, text, clause });
  return {
    kind: old.kind, method: old.method ?? "on_site", no_notice: old.no_notice, officer2_id: old.second?.id ?? null,
    arrived_at: old.arrived_at, lon: old.lon, lat: old.lat, accuracy: "—", point: old.point, point_note: old.point_note ?? "",
    unable: old.unable_reason !== null, unable_reason: old.unable_reason, note: old.note ?? "",
    checklist: old.checklist, results: old.results, notes: old.notes,
    items: Object.fromEntries(old.findings.filter(failed).map((one) => [one.item_code, words(one)])),
    others: old.findings.filter((one) => !failed(one)).map((one, n) => ({ key: key(n), ...words(one) })),
    leads: old.leads, conclusion: old.conclusion, touched: true, opinion: old.opinion ?? "",
    over_cap_reason: old.over_cap_reason ?? "", far_reason: old.far_reason ?? "", late_reason: old.late_reason ?? "",
    finished: minute(old.finished_at), correct_reason: "",
  };
}

// what the draft keeps of the visit itself, so that it opens without network too
export const kept = ({ id, second, finished_at, leads, photos, signed }) => ({ id, second, finished_at, leads, photos, signed });

export function prepare(form) {
  const { corrects, values } = form.draft, opened = form.data.form;
  opened.cap = { ...opened.cap, state: "free", hit: null }; // the visit itself is among those that are counted
  if (corrects.second && !opened.officers.some((one) => one.id === corrects.second.id)) opened.officers.push(corrects.second);
  for (const name of ["over_cap_reason", "far_reason", "late_reason"]) if (values[name]) form.told.add(name);
  form.chosen = true; // the list of then stays the list, also where it was none
}

export function show(form) {
  const { corrects } = form.draft;
  $("correcting").textContent = say("correcting", { id: corrects.id });
  $("correcting").hidden = $("correct-part").hidden = false;
  $("cap").hidden = $("arrive").hidden = $("recheck-part").hidden = true;
  $("finished-hint").hidden = true;
  $("finished-hint-correct").hidden = false;
  if (corrects.signed) $("sign-label").append(` · ${say("sign_anew")}`);
  $("kept-photos").hidden = !corrects.photos.length;
  $("kept-photos").append(...corrects.photos.map((one, n) =>
    make("a", { class: "v-button v-small", href: `/attachments/${one.id}` }, say("photo_alt", { n: n + 1 }), one.item_code ? `（${one.item_code}）` : "")));
  for (const box of document.querySelectorAll("#leads input")) if (corrects.leads.includes(+box.value)) box.disabled = true;
}

// the minute that nobody has changed is the moment that was recorded
export function ended({ corrects, values }, pressed) {
  if (!values.finished) return corrects?.finished_at ?? pressed;
  return corrects && values.finished === minute(corrects.finished_at) ? corrects.finished_at : `${values.finished}:00${pressed.slice(19)}`;
}

// → [field, sentence] of what is missing of its day, or of the reason to correct it
export function undated({ begun, corrects, values }, now) {
  const today = now.slice(0, 10), day = values.finished?.slice(0, 10);
  if (corrects) return values.correct_reason.trim() ? null : ["correct_reason", say("reason_missing")];
  if (!day) return begun.slice(0, 10) < today ? ["finished_at", say("draft_of_before", { day: begun.slice(0, 10) })] : null;
  return day < today && !values.late_reason?.trim() ? ["late_reason", say("visit_late_reason", { day })] : null;
}
