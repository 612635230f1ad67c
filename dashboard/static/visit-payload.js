// What is sent of a draft, and what is plainly missing in it: told before the network is asked.
import { say } from "./visit-say.js";

const EXEMPT = ["recheck", "online_patrol"];

export const far = (v, metres, near) => v.method === "on_site" && metres !== null && metres > near;
export const counted = (v) => !EXEMPT.includes(v.kind) && v.method !== "online" && !v.unable;
export const overCap = (v, cap) => cap.state === "explain" && counted(v);

// item findings first, in the list's order: `places` says where each of them stands on the page
export function findings(v, items) {
  const failed = v.unable ? [] : items.filter((item) => v.results[item.code] === "fails");
  const rows = failed.map((item) => ({ ...v.items[item.code], item_code: item.code }));
  const more = v.unable ? [] : v.others;
  return {
    rows: [...rows, ...more.map(({ severity, text, clause }) => ({ severity, text, clause }))],
    places: [...failed.map((item) => `item:${item.code}`), ...more.map((_, n) => `other:${n}`)],
  };
}

// photos of what has gone again (a finding taken back, another list) are no part of the visit
export function standing(draft, items) {
  const v = draft.values, inside = new Set(items.map((item) => item.code));
  const there = { item: (key) => inside.has(key), other: (key) => v.others.some((one) => one.key === key), recheck: (key) => key in v.rechecks };
  return draft.photos.filter(({ of }) => {
    const [kind, key] = of.split(/:(.*)/s);
    return kind === "all" || (!v.unable && (kind === "sign" || there[kind](key)));
  });
}

// what was closed or given to somebody else since the draft was begun can be said no more
export function prune(v, { leads, problems }) {
  v.leads = v.leads.filter((id) => leads.some((one) => one.id === id));
  for (const id of Object.keys(v.rechecks)) if (!problems.some((one) => one.mine && one.id === +id)) delete v.rechecks[id];
}

export function proposal(v, items) {
  const rows = findings(v, items).rows;
  if (rows.some((one) => one.severity === "critical")) return "fail";
  if (rows.length || Object.values(v.rechecks).some((one) => !one.passed)) return "rectify";
  const whole = items.length > 0 && items.every((item) => v.results[item.code]);
  return whole || Object.keys(v.rechecks).length ? "pass" : null;
}

export function payload(draft, items) {
  const v = draft.values;
  const inside = new Set(items.map((item) => item.code));
  const results = Object.fromEntries(Object.entries(v.results).filter(([code]) => inside.has(code)));
  const text = (value) => value?.trim() || null;
  // what fails says it in its finding
  const notes = Object.fromEntries(Object.entries(v.notes).filter(([code, said]) => inside.has(code) && results[code] !== "fails" && said.trim()));
  return {
    client_id: draft.id, kind: v.kind, method: v.method, no_notice: v.no_notice, finished_at: v.finished_at, arrived_at: v.arrived_at,
    pressed_at: v.pressed_at, late_reason: text(v.late_reason), corrects: draft.corrects?.id ?? null, correct_reason: draft.corrects ? text(v.correct_reason) : null,
    officer2_id: v.officer2_id, lon: v.lon, lat: v.lat, point: v.point && v.lon !== null ? { lon: v.lon, lat: v.lat, note: text(v.point_note) } : null,
    conclusion: v.unable ? null : v.conclusion, unable_reason: v.unable ? v.unable_reason : null, note: text(v.note),
    checklist: v.unable || !items.length ? null : v.checklist, results: v.unable ? {} : results, notes: v.unable ? {} : notes,
    findings: findings(v, items).rows.map((one) => ({ ...one, clause: text(one.clause ?? "") })),
    rechecks: v.unable ? {} : v.rechecks, leads: v.leads, opinion: text(v.opinion),
    over_cap_reason: text(v.over_cap_reason), far_reason: text(v.far_reason), attachments: standing(draft, items).map((one) => one.id),
  };
}

// → [field, sentence] of the first thing that is missing, or null; the server holds the same rules
export function missing(draft, items, { metres, near, cap }) {
  const v = draft.values;
  if (far(v, metres, near) && !v.far_reason.trim()) return ["far_reason", say("visit_far", { near })];
  if (overCap(v, cap) && !v.over_cap_reason.trim()) return ["over_cap_reason", say("visit_over_cap", cap)];
  if (v.unable) return v.unable_reason ? null : ["unable_reason", say("visit_conclusion")];
  if (!v.officer2_id) return ["officer2_id", say("visit_second_officer")];
  for (const [id, one] of Object.entries(v.rechecks)) if (!one.passed && !one.reason?.trim()) return [`recheck:${id}`, say("reason_missing")];
  const left = items.filter((item) => !v.results[item.code]);
  if (left.length) return [`item:${left[0].code}`, say("visit_items_left", { n: left.length })];
  const found = findings(v, items);
  const empty = found.rows.findIndex((one) => !one.text.trim());
  if (empty >= 0) return [found.places[empty], say("visit_finding_text")];
  if (v.conclusion === "pass" && found.rows.length) return ["conclusion", say("visit_pass_findings")];
  return v.conclusion ? null : ["conclusion", say("visit_conclusion")];
}
