// Sends drafts: photos first, then the visit, each under an id of its own, so that nothing is doubled when
// an answer is lost on the way. What is acknowledged is erased here.
import { drafts, erase, loadPhoto, me, saveDraft } from "./visit-store.js";
import { say } from "./visit-say.js";

const AWAY = [502, 503, 504, 429];

const token = () => {
  const found = document.cookie.split("; ").find((one) => one.startsWith("_csrf_token="));
  return found ? decodeURIComponent(found.slice(12)) : "";
};

async function post(path, body, type) {
  // whose it is: somebody else may have signed in in another tab meanwhile
  const whose = { "X-Gridward-User": me?.user, Accept: "application/json" };
  const ask = () => fetch(path, { method: "POST", body, headers: { "X-CSRFToken": token(), ...whose, ...type } });
  let answer = await ask();
  if (answer.status === 400) {
    const said = await answer.clone().json().catch(() => null);
    // signed in anew since this page was loaded: a page brings the new token
    if (said?.error?.code === "csrf" && (await fetch("/visits")).ok) answer = await ask();
  }
  return answer;
}

// → {state: "sent", id, effects} | {state: "login" | "offline"} | {state: "refused" | "failed", error: {code, message, field}}
async function judge(answer) {
  if (answer.ok) return { state: "sent", ...(await answer.json()) };
  if (answer.status === 401) return { state: "login" };
  const said = await answer.json().catch(() => null);
  // the server is not there, or a proxy answers for it: try again later
  if (AWAY.includes(answer.status) || (answer.status < 500 && !said?.error)) return { state: "offline" };
  // it is there and cannot take this one; others it may
  if (answer.status >= 500) return { state: "failed", error: { message: say("server_failed") } };
  return { state: "refused", error: said.error };
}

async function attempt(draft, blobs) {
  for (const photo of draft.photos) {
    if (photo.sent || !draft.payload.attachments.includes(photo.id)) continue;
    const blob = blobs?.get(photo.id) ?? (await loadPhoto(photo.id));
    if (!blob) continue; // the visit says which is missing
    const form = new FormData();
    form.append("file", blob, photo.name);
    for (const name of ["what", "item_code", "taken_at"]) if (photo[name]) form.append(name, photo[name]);
    form.append("client_id", photo.id);
    const found = await judge(await post("/visit/attachments", form, {}));
    if (found.state !== "sent") return found;
    photo.sent = true;
    await saveDraft(draft);
  }
  return judge(await post(`/visit/${draft.enterprise.id}`, JSON.stringify(draft.payload), { "Content-Type": "application/json" }));
}

// two tabs, or the form and a returning network, must not send the same draft side by side
const alone = (name, act) => (navigator.locks ? navigator.locks.request(name, act) : act());

export function send(draft, blobs) {
  return alone(`gw-visit-${draft.id}`, async () => {
    let found;
    try {
      found = await attempt(draft, blobs);
    } catch {
      found = { state: "offline" }; // no answer: it may have arrived, sending again tells
    }
    if (found.state === "sent") await erase(draft);
    else {
      draft.state = found.state === "refused" ? "refused" : "queued";
      draft.error = found.error ?? null;
      // the server has erased a photo that waited too long for its visit: it lies here still
      if (draft.error?.code === "attachment_missing") for (const photo of draft.photos) photo.sent = false;
      await saveDraft(draft);
    }
    return found;
  });
}

export async function sendWaiting(told, besides) {
  for (const draft of await drafts()) {
    if (draft.state !== "queued" || draft.id === besides) continue;
    const found = await send(draft);
    told(draft, found);
    if (found.state === "login" || found.state === "offline") return;
  }
}
