// Who signs in next must not find the key of who was here before.
sessionStorage.removeItem("gw-visit");
if (window.BroadcastChannel) new BroadcastChannel("gw-visit").postMessage("leave"); // in other tabs too
