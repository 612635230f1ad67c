// A demo account's button fills the form in; signing in stays the reader's own act.
for (const button of document.querySelectorAll("[data-login]")) {
  button.addEventListener("click", () => {
    document.getElementById("username").value = button.dataset.login;
    document.getElementById("password").value = button.dataset.password;
    document.querySelector(".door-form .door-primary").focus();
  });
}
