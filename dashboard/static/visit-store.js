// Drafts, photos and opened pages in this browser, each encrypted under the account's key. The key comes
// with a page for a signed-in officer and is kept for this tab alone; without it there is nothing to read.
import { embedded, secure } from "./visit-say.js";

const TAB = "gw-visit";
const DAYS = 7;

function whoAmI() {
  if (embedded) {
    if (secure) sessionStorage.setItem(TAB, JSON.stringify({ user: embedded.user, name: embedded.name, key: embedded.key }));
    return embedded;
  }
  return JSON.parse(sessionStorage.getItem(TAB) || "null");
}
export const me = whoAmI();

// to sign in as whose page this is: who else is signed in is asked to sign out first
export const login = () =>
  `/login?${new URLSearchParams({ next: location.pathname + location.search, ...(me && { username: me.name }) })}`;

const could = secure && me !== null;
export let keeps = could;

// a store that is full or cannot be opened keeps nothing any more, and must not stop what can be sent
let failed = () => {};
export const whenStoreFails = (tell) => (failed = tell);
async function safely(otherwise, act) {
  if (!could) return otherwise;
  try {
    return await act();
  } catch {
    if (keeps) failed();
    keeps = false;
    return otherwise;
  }
}

// who signs out in another tab takes the key along
export function watchLeave(before = async () => {}) {
  if (!could) return;
  new BroadcastChannel(TAB).onmessage = async () => {
    await before();
    sessionStorage.removeItem(TAB);
    if (keeps) location.reload();
  };
}

const cipher = could
  ? crypto.subtle.importKey("raw", Uint8Array.from(atob(me.key), (c) => c.charCodeAt(0)), "AES-GCM", false, ["encrypt", "decrypt"])
  : null;

let opened = null, lasting = null;
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

// another key (the server's secret was changed) opens nothing: as good as gone
const read = (row) => open(row).then(text).catch(() => null);
const get = (store, key) => run(store, "readonly", (s) => s.get(id(key)));
const mine = (store) => run(store, "readonly", (s) => s.index("user").getAll(me.user));
const drop = (store, key) => run(store, "readwrite", (s) => s.delete(key));
const young = (row) => row.at >= Date.now() - DAYS * 864e5;

// its state lies open beside it: a page without the key may count what waits
export const saveDraft = (draft) => safely(null, async () => {
  if (!keeps) return;
  await put("drafts", draft.id, bytes(draft), { state: draft.state });
  lasting ??= navigator.storage?.persist?.(); // not to be cleared when the phone runs short of room
});

export const drafts = () => safely([], async () => {
  const found = await Promise.all((await mine("drafts")).map(read));
  return found.filter((one) => one !== null).sort((a, b) => a.updated - b.updated);
});

export const savePhoto = (photo, blob) =>
  safely(null, async () => keeps && put("photos", photo, await blob.arrayBuffer(), { type: blob.type }));

export const loadPhoto = (photo) => safely(null, async () => {
  const row = await get("photos", photo);
  const found = row && (await open(row).catch(() => null));
  return found ? new Blob([found], { type: row.type }) : null;
});

export const dropPhoto = (photo) => safely(null, () => drop("photos", id(photo)));

// acknowledged by the server, or thrown away by its owner: nothing of it stays
export const erase = (gone) => safely(null, async () => {
  for (const photo of gone.photos) await dropPhoto(photo.id);
  await drop("drafts", id(gone.id));
});

// what a form opens with is kept for when the network is away, a week at most
export const savePage = (enterprise, value) => safely(null, async () => {
  await put("pages", enterprise, bytes(value));
  for (const row of await mine("pages")) if (!young(row)) await drop("pages", row.id);
});

export const pages = () => safely([], async () => {
  const found = await Promise.all((await mine("pages")).filter(young).map(read));
  return found.filter((one) => one !== null).map((one) => one.form.enterprise);
});

export const loadPage = (enterprise) => safely(null, async () => {
  const row = await get("pages", enterprise);
  return row && young(row) ? read(row) : null;
});
