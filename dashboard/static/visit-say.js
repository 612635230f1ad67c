// What every page of visits needs: its data and words, small ways to make elements, and the network's state.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
export const embedded = read("data");
const PATIENCE_MS = 4000;
const words = read("words");

export const say = (key, values = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
export const $ = (id) => document.getElementById(id);

// make("p", {class: "x", hidden: true, onclick: f}, child, "text")
export function make(name, values = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(values)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(key, value);
    else if (value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter((one) => one != null));
  return element;
}

export function choices(name, options, value, change) {
  return make("div", { class: "v-choices" }, ...Object.entries(options).map(([code, label]) => {
    const input = make("input", { type: "radio", name, value: code, onchange: () => change(code) });
    input.checked = code === value;
    return make("label", { class: "v-choice" }, input, make("span", {}, label));
  }));
}

export function banner(text, link) {
  const box = $("banner");
  box.hidden = !text;
  box.replaceChildren(text || "", ...(link ? [" ", make("a", link.values, link.text)] : []));
}

// position, encryption and the service worker exist in a secure context alone: TLS, or this very machine
export const secure = window.isSecureContext;

export const whyNot = () => (secure ? "" : say("insecure"));

export function watchNet() {
  const show = () => ($("net").textContent = navigator.onLine ? "" : say("offline"));
  addEventListener("online", show);
  addEventListener("offline", show);
  show();
}

// a phone that has a network may be without the server all the same
const answers = () =>
  Promise.race([
    fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false),
    new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, false)),
  ]);

// `before` runs before the page is left; the way home leads to what this phone keeps while the office is away
export function watchLinks(before = async () => {}) {
  for (const link of document.querySelectorAll("[data-home], .v-drafts")) {
    link.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      await before();
      location.assign("home" in link.dataset && !(navigator.onLine && (await answers())) ? "/visits" : link.href);
    });
  }
}

export function becomeApp() {
  if (!secure || !navigator.serviceWorker) return;
  navigator.serviceWorker.register("/visit/worker.js", { scope: "/visit" }).then((found) => {
    if (navigator.onLine && found.active) found.active.postMessage("renew");
  }, () => {});
}
