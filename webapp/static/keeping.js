// Forms of the desk are kept as they are typed. Without this script a button keeps them.

const PAUSE = 400; // milliseconds without a key before what stands in the form is sent

const now = () => performance.timeOrigin + performance.now();

// What the server has not kept so far stays in this window, by the address of its form; so does
// what it has just kept: a page that was asked for before does not have it yet.
const store = {
  // Another person who signs in here finds nothing of it.
  key: (form) => `kept ${document.querySelector("meta[name=owner]")?.content} ${form.elements["kept-form"].value}`,
  put(form, saved = null) {
    const [name, count] = ["kept-as", "kept-count"].map((one) => form.elements[one].value);
    const left = JSON.stringify({ name, count: Number(count), words: typed(form), saved });
    try { sessionStorage.setItem(store.key(form), left); } catch { /* full, or forbidden */ }
  },
  // What is left from before, unless the server has kept what came after it.
  take(form) {
    let left = null;
    try { left = JSON.parse(sessionStorage.getItem(store.key(form))); } catch { /* forbidden */ }
    if (left?.saved && left.saved < performance.timeOrigin) return null;
    const here = left?.name === form.elements["kept-as"].value;
    return here && left.count < Number(form.elements["kept-count"].value) ? null : left;
  },
  drop(form) { try { sessionStorage.removeItem(store.key(form)); } catch { /* forbidden */ } },
};

function typed(form) {
  return [...new FormData(form)].filter(([, value]) => typeof value === "string");
}

function fill(form, words) {
  const own = new Set(["csrf_token", "kept-as", "kept-by", "kept-count", "kept-form"]);
  const left = Object.create(null);
  for (const [name, value] of words) (left[name] ??= []).push(value);
  for (const field of form.elements) {
    if (!field.name || own.has(field.name) || ["submit", "button", "file"].includes(field.type)) continue;
    const values = left[field.name] ?? [];
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else if (values.length) field.value = values.shift(); // fields of one name, each its own
  }
}

class Keeper {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[data-kept-status]");
    this.dirty = this.failed = this.out = this.passing = this.over = false;
    const left = store.take(form);
    if (left) {
      fill(form, left.words);
      this.known(left.name, left.count); // or it would be another version of the same form
      this.changed();
      this.send(); // at once: the page that was left may have sent it too
    } else {
      store.drop(form);
    }
    form.addEventListener("input", () => this.changed());
    form.addEventListener("submit", (event) => this.submitted(event));
    addEventListener("pagehide", () => { if (this.dirty && !this.over) this.send(true); });
    addEventListener("pageshow", () => { this.over = false; });
    addEventListener("beforeunload", (event) => {
      if (this.failed && this.dirty && !this.over) event.preventDefault();
    });
  }

  // By which name and count the server has what stands in the form.
  known(name, count) {
    this.form.elements["kept-as"].value = name;
    this.form.elements["kept-count"].value = count;
  }

  changed() {
    this.dirty = true;
    store.put(this.form);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), PAUSE);
  }

  // A form is sent once it is kept: whatever becomes of the request, nothing is lost with it.
  async submitted(event) {
    if (this.passing || !(this.dirty || this.failed)) {
      this.over = true;
      if (!this.failed) store.drop(this.form);
      return;
    }
    event.preventDefault();
    clearTimeout(this.timer);
    await this.current;
    if (this.dirty) await this.send();
    if (this.failed && !this.out) return; // it is said beside the button
    this.passing = true;
    this.form.requestSubmit(event.submitter);
    this.passing = false;
  }

  say(what) {
    if (this.status) this.status.textContent = what ? this.status.dataset[what] : "";
  }

  send(leaving = false) {
    this.current = (this.current ?? Promise.resolve()).then(() => this.sent(leaving));
    if (leaving) this.sent(true); // nobody waits any more
    return this.current;
  }

  async sent(leaving) {
    if (!this.dirty || this.over) return;
    this.dirty = false;
    let answer;
    try {
      answer = await fetch("/desk/unsent", {
        method: "POST",
        body: new URLSearchParams(typed(this.form)),
        headers: { Accept: "application/json" },
        keepalive: leaving,
      });
    } catch { /* no server */ }
    this.failed = !answer?.ok;
    this.out = Boolean(answer) && [400, 401].includes(answer.status);
    if (this.failed) {
      this.dirty = true;
      this.say(this.out ? "out" : "failed");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.send(), 5000);
      return;
    }
    const kept = await answer.json();
    this.known(kept.as, kept.count);
    store.put(this.form, this.dirty ? null : now());
    this.say(kept.others ? "others" : "saved");
  }
}

for (const form of document.querySelectorAll("form[data-keep]")) new Keeper(form);

// How long a text is, once it comes near what it may hold.
document.addEventListener("input", (event) => {
  const field = event.target;
  const most = Number(field.dataset?.most);
  if (!most) return;
  let told = field.parentElement.querySelector(".length");
  if (!told && field.value.length <= most * 0.8) return;
  if (!told) {
    told = Object.assign(document.createElement("p"), { className: "length" });
    told.setAttribute("role", "status");
    field.after(told);
  }
  const here = document.documentElement.lang;
  const words = [field.value.length, most].map((n) => n.toLocaleString(here)).join(" / ");
  told.textContent = field.value.length > most * 0.8 ? words : "";
  told.classList.toggle("over", field.value.length > most);
});

// The search beside the claim shows what it finds without leaving the form.
for (const button of document.querySelectorAll("[data-search]")) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const place = document.getElementById("results");
    const address = new URL(location.pathname, location);
    address.searchParams.set("q", button.form.elements.q.value);
    try {
      const answer = await fetch(address);
      if (!answer.ok || answer.redirected) throw new Error("signed out");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("results");
      // Each reference has one place in the form; what was chosen of it goes along.
      for (const item of found.querySelectorAll("[data-key]")) {
        const here = button.form.querySelector(`[data-key="${CSS.escape(item.dataset.key)}"]`);
        if (here) item.replaceWith(here);
      }
      const chosen = [...place.querySelectorAll("[data-key]:has(.stances :checked)")];
      place.replaceWith(found);
      if (chosen.length) {
        const list = found.querySelector(".offers") ?? found.appendChild(document.createElement("ul"));
        list.classList.add("offers");
        list.append(...chosen.filter((item) => !item.isConnected));
      }
    } catch {
      button.form.requestSubmit(button); // the form itself asks, and says what is wrong
    }
  });
}
for (const field of document.querySelectorAll(".decision [name=q]")) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    field.form.querySelector("[data-search]").click();
  });
}
