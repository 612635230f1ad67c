// The parts of the form that depend on what is inspected: checklist, findings, rechecks, photos.
import { choices, make, say } from "./visit-say.js";

const RESULTS = ["conforms", "fails", "not_applicable"];
const named = (codes) => Object.fromEntries(codes.map((code) => [code, say(`result_${code}`)]));
const wrong = (name) => make("p", { class: "v-error", id: `error-${name}`, role: "alert", hidden: true });

// `of` says what a photo shows: "item:<code>", "other:<n>", "recheck:<id>" or "all"
export function photos(of, form) {
  const shown = make("div", { class: "v-thumbs" });
  const fill = () =>
    shown.replaceChildren(...form.draft.photos.filter((one) => one.of === of && one.what === "photo").map((one) => {
      const n = form.draft.photos.indexOf(one) + 1;
      return make("figure", {}, make("img", { src: form.address(one.id), alt: say("photo_alt", { n }) }),
        make("button", { type: "button", class: "v-link", "aria-label": say("photo_remove_n", { n }), onclick: () => gone(one) }, say("photo_remove")));
    }));
  const gone = async (one) => {
    await form.dropPhoto(one.id);
    fill();
    input.focus();
  };
  const input = make("input", {
    type: "file", accept: "image/*", capture: "environment",
    onchange: async () => {
      const [file] = input.files;
      input.value = "";
      if (file) await form.addPhoto(of, file);
      fill();
    },
  });
  fill();
  return make("div", { class: "v-photos" }, make("label", { class: "v-button v-photo" }, say("photo_add"), input), shown);
}

function findingBox(name, of, finding, form) {
  const hint = `${name}-hint`;
  const text = make("textarea", { rows: 2, maxlength: 2000, id: `${name}-text`, "aria-describedby": hint, oninput: () => { finding.text = text.value; form.changed(); } });
  text.value = finding.text;
  const clause = make("input", { id: `${name}-clause`, maxlength: 200, oninput: () => { finding.clause = clause.value; form.changed(); } });
  clause.value = finding.clause;
  return make("div", { class: "v-finding" },
    make("fieldset", { class: "v-field" }, make("legend", {}, say("severity")),
      choices(`${name}-severity`, form.severities, finding.severity, (code) => { finding.severity = code; form.changed(); })),
    make("div", { class: "v-field" }, make("label", { for: `${name}-text` }, say("finding_text")), text,
      make("p", { class: "v-hint", id: hint }, say("finding_fact"))),
    make("div", { class: "v-field" }, make("label", { for: `${name}-clause` }, say("clause")), clause),
    photos(of, form));
}

// a word and photos of an item that is not wrong: behind a button beside its results until there is one
function remark(item, form) {
  const v = form.draft.values, of = `item:${item.code}`, name = `n-${item.code}`;
  const shown = () => Boolean(v.notes[item.code]) || form.draft.photos.some((one) => one.of === of);
  const text = make("textarea", { rows: 2, maxlength: 2000, id: name, oninput: () => { v.notes[item.code] = text.value; form.changed(); } });
  text.value = v.notes[item.code] ?? "";
  const box = make("div", { class: "v-remark", id: `${name}-box`, hidden: !shown() },
    make("div", { class: "v-field" }, make("label", { for: name }, say("item_note")), text), photos(of, form));
  const button = make("button", {
    type: "button", class: "v-button v-small v-pen", "aria-controls": box.id, "aria-expanded": String(!box.hidden), "aria-label": say("item_note_of", { item: item.code }),
    onclick: () => {
      box.hidden = !box.hidden;
      button.setAttribute("aria-expanded", String(!box.hidden));
      if (!box.hidden) text.focus();
    },
  }, say("item_note"));
  return { box, button };
}

export function sections(box, list, form) {
  const v = form.draft.values;
  box.replaceChildren(...(list?.sections ?? []).map((section) => {
    const count = make("span", { class: "v-count" }), rows = make("div", {});
    const tell = () => {
      const done = section.items.filter((item) => v.results[item.code]).length;
      const fails = section.items.filter((item) => v.results[item.code] === "fails").length;
      count.textContent = `${done}/${section.items.length}` + (fails ? ` · ■ ${say("fails_n", { n: fails })}` : "");
      count.className = "v-count" + (fails ? " is-bad" : done === section.items.length ? " is-good" : "");
    };
    const row = (item) => {
      const field = make("div", { class: "v-item", "data-field": `item:${item.code}`, role: "group", "aria-label": item.text });
      const detail = make("div", {});
      const results = choices(`r-${item.code}`, named(RESULTS), v.results[item.code], (code) => { v.results[item.code] = code; open(); tell(); form.changed(); });
      let shown = null;
      const open = () => {
        const bad = v.results[item.code] === "fails";
        if (bad === shown) return;
        shown = bad;
        results.querySelector("button")?.remove();
        if (bad) {
          v.items[item.code] ??= { severity: "minor", text: say("finding_default", { text: item.text }), clause: "" };
          detail.replaceChildren(findingBox(`i-${item.code}`, `item:${item.code}`, v.items[item.code], form));
        } else {
          const { button, box } = remark(item, form);
          results.append(button);
          detail.replaceChildren(box);
        }
      };
      field.append(make("p", { class: "v-what" }, make("b", {}, item.code), " ", item.text), results, wrong(`item:${item.code}`), detail);
      open();
      return field;
    };
    const conform = make("button", {
      type: "button", class: "v-button v-small",
      onclick: () => {
        for (const item of section.items) v.results[item.code] ??= "conforms";
        sections(box, list, form);
        form.changed();
        box.querySelector(`[data-section="${section.code}"] summary`).focus();
      },
    }, say("section_conform"));
    rows.append(...section.items.map(row), conform);
    tell();
    const whole = make("details", { class: "v-section", "data-section": section.code, ontoggle: () => { form.unfolded[section.code] = whole.open; } },
      make("summary", {}, make("span", {}, `${section.code} ${section.name}`), count), rows);
    whole.open = form.unfolded[section.code] ?? false;
    return whole;
  }));
}

export function others(box, form) {
  const all = form.draft.values.others;
  box.replaceChildren(...all.map((finding, n) =>
    make("div", { class: "v-other", "data-field": `other:${n}`, role: "group", "aria-label": say("finding_n", { n: n + 1 }) },
      make("p", { class: "v-what" }, make("b", {}, say("finding_n", { n: n + 1 }))),
      findingBox(`o-${n}`, `other:${finding.key}`, finding, form), wrong(`other:${n}`),
      make("button", { type: "button", class: "v-link", "aria-label": say("finding_remove_n", { n: n + 1 }), onclick: () => remove(box, form, n) }, say("finding_remove")))));
}

function remove(box, form, n) {
  const [gone] = form.draft.values.others.splice(n, 1);
  for (const photo of form.draft.photos.filter((one) => one.of === `other:${gone.key}`)) form.dropPhoto(photo.id);
  others(box, form);
  form.changed();
  (box.querySelectorAll(".v-other > button")[n] ?? document.getElementById("add-finding")).focus();
}

export function rechecks(box, rows, form) {
  const v = form.draft.values;
  box.replaceChildren(...rows.map((problem) => {
    const head = make("p", { class: "v-what" }, make("b", {}, form.severities[problem.severity] ?? ""), " ", problem.text ?? "",
      make("span", { class: "v-hint" }, ` ${form.states[problem.state]}${problem.due_on ? ` · ${say("due", { day: problem.due_on })}` : ""}`));
    if (!problem.mine) return make("div", { class: "v-item" }, head);
    const detail = make("div", {}), name = `recheck-${problem.id}`;
    const open = () => {
      const failed = v.rechecks[problem.id]?.passed === false;
      const reason = make("textarea", { rows: 2, id: name, maxlength: 2000, oninput: () => { v.rechecks[problem.id].reason = reason.value; form.changed(); } });
      reason.value = v.rechecks[problem.id]?.reason ?? "";
      const said = v.rechecks[problem.id] ? [photos(`recheck:${problem.id}`, form)] : [];
      if (failed) said.unshift(make("div", { class: "v-field" }, make("label", { for: name }, say("recheck_reason")), reason));
      if (v.rechecks[problem.id]) said.push(make("button", { type: "button", class: "v-link", onclick: undo }, say("recheck_undo")));
      detail.replaceChildren(...said);
    };
    // not looked at after all: a radio alone cannot be taken back
    const undo = () => {
      delete v.rechecks[problem.id];
      rechecks(box, rows, form);
      form.changed();
      box.querySelector(`[name="c-${problem.id}"]`).focus();
    };
    const value = v.rechecks[problem.id] ? String(v.rechecks[problem.id].passed) : null;
    open();
    return make("div", { class: "v-item", "data-field": `recheck:${problem.id}`, role: "group", "aria-label": problem.text }, head,
      choices(`c-${problem.id}`, { true: say("recheck_passed"), false: say("recheck_failed") }, value, (code) => {
        v.rechecks[problem.id] = { ...v.rechecks[problem.id], passed: code === "true" };
        open();
        form.changed();
      }), wrong(`recheck:${problem.id}`), detail);
  }));
}

export function leads(box, rows, form) {
  const v = form.draft.values;
  box.replaceChildren(...rows.map((lead) => {
    const input = make("input", { type: "checkbox", value: lead.id, onchange: () => {
      v.leads = input.checked ? [...v.leads, lead.id] : v.leads.filter((one) => one !== lead.id);
      form.changed();
    } });
    input.checked = v.leads.includes(lead.id);
    return make("label", { class: "v-check" }, input, make("span", {}, lead.title, make("span", { class: "v-hint" }, lead.due_on ? ` ${say("due", { day: lead.due_on })}` : "")));
  }));
}
