// Where the server has tokens: the form that takes one, and the way out.

import { errorOf } from "./ask.js";
import { byId, setText } from "./dom.js";

const ENTERED = "onebook-entered";

export class Login {
  /** onEntered() when the server took a token. */
  constructor(onEntered) {
    this.dialog = byId("login");
    this.form = byId("login-form");
    this.problem = byId("login-problem");
    this.out = byId("logout");
    this.onEntered = onEntered;
    this.out.hidden = !sessionStorage.getItem(ENTERED); // Scripts cannot see the cookie itself.
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.enter();
    });
    this.out.addEventListener("click", () => this.leave());
  }

  /** Asks for a token; nothing of the page works without one. */
  show() {
    if (!this.dialog.open) this.dialog.showModal();
  }

  async enter() {
    const field = byId("login-token");
    const token = field.value.trim();
    field.value = "";
    try {
      const response = await post("/login", { token });
      if (!response.ok) throw await errorOf(response);
      setText(this.problem, "");
      sessionStorage.setItem(ENTERED, "yes");
      this.out.hidden = false;
      this.dialog.close();
      this.onEntered();
    } catch (error) {
      setText(this.problem, error.message);
    }
  }

  async leave() {
    await post("/logout", {});
    sessionStorage.removeItem(ENTERED);
    location.reload();
  }
}

function post(path, content) {
  return fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
    credentials: "same-origin",
  });
}
