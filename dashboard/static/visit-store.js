// Drafts, photos and opened pages in this browser, each encrypted under the account's key. The key comes
// with a page for a signed-in officer and is kept for this tab alone; without it there is nothing to read.
import { embedded, secure } from "./visit-say.js";

const TAB = "gw-visit";
const DAYS = 7;

function whoAmI() {
  if (embedded) {
    if (secure) sessionStorage.setItem(TAB, JSON.stringify({ user: embedded.user, key: embedded.key }));
    return embedded;
  }
  return JSON.parse(sessionStorage.getItem(TAB) || "null");
}
export const me = whoAmI();
export const keeps = secure && me !== null;

const cipher = keeps
  ? crypto.subtle.importKey("raw", Uint8Array.from(atob(me.key), (c) => c.charCodeAt(0)), "AES-GCM", false, ["encrypt", "decrypt"])
  : null;

let opened = null;
function database() {
  opened ??= new Promise((resolve, reject) => {
    const ask = indexedDB.open("gridward-visit", 1);
    ask.onupgradeneeded = () => {
      for (const name of ["drafts", "photos", "pages"]) ask.result.createObjectStore(name, { keyPath: "id" }).createIndex("user", "user");
    };
    ask.onsuccess = () => resolve(ask.result);
    ask.onerror = () => reject(ask.error);
  });
  return opened;
}

async function run(store, mode, act) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const work = db.transaction(store, mode, { durability: "strict" });
    const ask = act(work.objectStore(store));
    work.oncomplete = () => resolve(ask.result);
    work.onerror = work.onabort = () => reject(work.error);
  });
}

const id = (key) => `${me.user}:${key}`;

async function put(store, key, bytes, plain = {}) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const body = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await cipher, bytes);
  await run(store, "readwrite", (s) => s.put({ id: id(key), user: me.user, at: Date.now(), iv, body, ...plain }));
}

const open = async (row) => crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, await cipher, row.body);
const text = (buffer) => JSON.parse(new TextDecoder().decode(buffer));
const bytes = (value) => new TextEncoder().encode(JSON.stringify(value));

async function get(store, key) {
  const row = keeps ? await run(store, "readonly", (s) => s.get(id(key))) : null;
  // another key (the server's secret was changed) opens nothing: as good as gone
  return row ? open(row).catch(() => null) : null;
}

export async function saveDraft(draft) {
  if (keeps) await put("drafts", draft.id, bytes(draft));
}

export async function drafts() {
  if (!keeps) return [];
  const rows = await run("drafts", "readonly", (s) => s.index("user").getAll(me.user));
  const found = await Promise.all(rows.map((row) => open(row).then(text).catch(() => null)));
  return found.filter((one) => one !== null).sort((a, b) => a.updated - b.updated);
}

export async function draft(key) {
  const found = await get("drafts", key);
  return found && text(found);
}

export async function savePhoto(photo, blob) {
  if (keeps) await put("photos", photo, await blob.arrayBuffer(), { type: blob.type });
}

export async function loadPhoto(photo) {
  const row = keeps ? await run("photos", "readonly", (s) => s.get(id(photo))) : null;
  return row ? new Blob([await open(row)], { type: row.type }) : null;
}

export async function dropPhoto(photo) {
  if (keeps) await run("photos", "readwrite", (s) => s.delete(id(photo)));
}

// acknowledged by the server, or thrown away by its owner: nothing of it stays
export async function erase(gone) {
  if (!keeps) return;
  for (const photo of gone.photos) await dropPhoto(photo.id);
  await run("drafts", "readwrite", (s) => s.delete(id(gone.id)));
}

// what a form opens with is kept for when the network is away, a week at most
export async function savePage(enterprise, value) {
  if (!keeps) return;
  await put("pages", enterprise, bytes(value));
  const rows = await run("pages", "readonly", (s) => s.index("user").getAll(me.user));
  for (const row of rows) if (row.at < Date.now() - DAYS * 864e5) await run("pages", "readwrite", (s) => s.delete(row.id));
}

export async function loadPage(enterprise) {
  const found = await get("pages", enterprise);
  return found && text(found);
}
