// What the form shows of the enterprise and offers to choose from.
import { $, choices, make, say } from "./visit-say.js";

// where a draft is opened again: a correction by its visit too
export const address = (draft) => `?${new URLSearchParams({ ...(draft.corrects && { corrects: draft.corrects.id }), draft: draft.id })}`;

export function head(form) {
  const { data } = form, opened = data.form, e = opened.enterprise;
  $("name").textContent = e.name;
  $("where").textContent = [e.address, e.grid].filter(Boolean).join(" · ");
  $("cap").textContent = say(`cap_${opened.cap.hit ?? opened.cap.state}`, { ...opened.cap, last_on: opened.cap.last_on ?? "" });
  $("cap").className = `v-chip is-${opened.cap.state}`;
  $("open").textContent = say("open_work", { problems: opened.problems.length, leads: opened.leads.length });
  $("me").textContent = say("me", { name: opened.me.name, badge: opened.me.badge ?? "—" });
  $("recheck-part").hidden = !opened.problems.length;
  $("lead-part").hidden = !opened.leads.length;
}

export function selects(form) {
  const { data } = form, v = form.draft.values, people = data.form.officers;
  const option = (value, label) => make("option", { value }, label);
  const group = (label, rows) => (rows.length ? [make("optgroup", { label }, ...rows.map((one) => option(one.id, `${one.name}（${one.badge ?? "—"}）`)))] : []);
  $("officer2_id").replaceChildren(option("", say("choose")), ...group(say("near"), people.filter((one) => one.near)),
    ...group(say("further"), people.filter((one) => !one.near)));
  if (!people.some((one) => one.id === v.officer2_id)) v.officer2_id = null;
  $("kind").replaceChildren(...Object.entries(data.kinds).map(([code, label]) => option(code, label)));
  $("unable-choices").replaceChildren(choices("unable_reason", data.unable, v.unable_reason, (code) => form.set("unable_reason", code)));
  $("conclusions").replaceChildren(choices("conclusion", data.conclusions, v.conclusion, (code) => { v.touched = true; form.set("conclusion", code); }));
}

// the lists that fit the kind and the method come first; one that was chosen or begun stays
export function lists(form) {
  const v = form.draft.values, fit = form.data.form.lists[v.method][v.kind] ?? [], all = form.data.checklists;
  if (!Object.keys(v.results).length && !form.chosen) v.checklist = v.kind === "recheck" ? null : (fit[0] ?? null);
  const rest = Object.keys(all).filter((code) => !fit.includes(code));
  $("checklist").replaceChildren(make("option", { value: "" }, say("list_none")), ...[...fit, ...rest].map((code) => make("option", { value: code }, all[code].name)));
  $("checklist").value = v.checklist ?? "";
  $("list-source").textContent = all[v.checklist]?.source ?? "";
  $("all-conform").hidden = !all[v.checklist];
}

const described = (one) => (one.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
const describe = (one, ids) => (ids.length ? one.setAttribute("aria-describedby", ids.join(" ")) : one.removeAttribute("aria-describedby"));

export function clear() {
  for (const one of document.querySelectorAll(".v-error:not([hidden])")) one.hidden = true;
  for (const one of document.querySelectorAll("[aria-invalid]")) {
    one.removeAttribute("aria-invalid");
    describe(one, described(one).filter((id) => !id.startsWith("error-")));
  }
}

// a sentence beside the field it is about, else (its card is not shown) above the button
export function wrong(name, message) {
  const place = [...document.querySelectorAll("[data-field]")].find((one) => one.dataset.field === name && !one.closest("section[hidden], .is-off"));
  const said = (place && $(`error-${name}`)) || $("error-form");
  said.textContent = message;
  said.hidden = false;
  if (!place) return said.scrollIntoView({ block: "center" });
  place.hidden = false;
  const folded = place.closest("details");
  if (folded) folded.open = true;
  const controls = [...place.querySelectorAll("input, select, textarea, button")];
  const control = controls.find((one) => one.checked) ?? controls[0];
  control?.setAttribute("aria-invalid", "true");
  if (control) describe(control, [said.id, ...described(control)]);
  place.scrollIntoView({ block: "center" });
  control?.focus({ preventScroll: true });
}
