// What a browser must do by itself when the server says no: sign in again, reload, tell.
(function () {
  const plain = window.fetch;
  // a page asks for several things at once: the first refusal leads away, the next must not cut that short
  let leaving = false;
  const leave = (address) => {
    if (leaving) return;
    leaving = true;
    setTimeout(() => (leaving = false), 5000);
    location.assign(address);
  };
  window.fetch = async function (...args) {
    const answer = await plain.apply(this, args);
    if (answer.ok || ![400, 401, 403, 413].includes(answer.status)) return answer;
    if (answer.status === 401) {
      leave("/login?next=" + encodeURIComponent(location.pathname + location.search));
    } else {
      const said = await answer.clone().json().catch(() => null);
      if (said && said.error && said.error.code === "password_first") leave("/password");
      else if (said && said.error && window.dash_clientside)
        window.dash_clientside.set_props("notice", { data: { message: said.error.message, kind: "error" } });
    }
    return answer;
  };
  // the box under the user's name closes by Escape, by a click elsewhere and when the focus has left it
  const close = (box) => box && box.removeAttribute("open");
  const user = () => document.querySelector(".gw-user[open]");
  document.addEventListener("keydown", function (event) {
    const box = event.key === "Escape" && user();
    if (!box) return;
    close(box);
    box.querySelector("summary").focus();
  });
  for (const kind of ["click", "focusin"])
    document.addEventListener(kind, function (event) {
      const box = user();
      if (box && !box.contains(event.target)) close(box);
    });
  // one-button forms of the header: the token and the way back come from the page they are pressed on
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.classList || !form.classList.contains("gw-post")) return;
    const token = document.cookie.split("; ").find((c) => c.startsWith("_csrf_token="));
    const values = { csrf_token: token ? decodeURIComponent(token.slice(12)) : "", next: location.pathname + location.search };
    for (const [name, value] of Object.entries(values)) {
      let field = form.querySelector('input[name="' + name + '"]');
      if (!field) {
        field = document.createElement("input");
        field.type = "hidden";
        field.name = name;
        form.appendChild(field);
      }
      field.value = value;
    }
  });
})();
