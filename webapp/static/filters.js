// A filter shows its results in place, and so does a link that bears data-stay: the parts of the
// page that bear data-part are taken from the answer, what has the focus keeps it, the page keeps
// its place, and what is there now is said. Every choice is an entry of the history; what is typed
// into a form that bears data-live is followed without one. Without this script the form's button,
// or the link, asks for the page.
const form = document.querySelector("form[data-filter]");
const live = form && "live" in form.dataset;
const fold = document.getElementById("narrow") ?? form?.closest("details");
const announce = document.getElementById("announce");
const said = () => document.querySelector("[data-said]");
let asked = 0; // an answer that arrives after a later one was asked for is not shown
let typed; // the moment to wait for after a letter
let shown = filtersOf(location);

// What an address filters by: a claim beside the text is no part of it.
function filtersOf(address) {
  const url = new URL(address);
  url.searchParams.delete("claim");
  return url.pathname + url.search;
}

function addressOf() {
  const url = new URL(form.action);
  const claim = new URL(location).searchParams.get("claim");
  url.search = new URLSearchParams(new FormData(form));
  if (claim && !form.matches("[role=search]")) url.searchParams.set("claim", claim);
  url.hash = "";
  return url;
}

// What a control says where nothing was typed, chosen or ticked since.
function settle(control, same) {
  if (control.type === "checkbox") control.checked = control.defaultChecked = Boolean(same?.checked);
  else if (same && control.options) {
    for (const option of control.options) option.selected = option.defaultSelected = option.value === same.value;
  } else if (same && control !== document.activeElement) control.value = control.defaultValue = same.value;
}
const twinOf = (control, among) => [...among].find((one) =>
  one.name === control.name && (one.type !== "checkbox" || one.value === control.value));

// The group in which the reader is stays; its counts are renewed and all around it is replaced.
// A link that has the focus gives it to the one that takes its place.
function renew(part, next) {
  for (const rest of part.querySelectorAll("details[id]")) {
    const same = next.querySelector(`#${CSS.escape(rest.id)}`);
    if (same) same.open = rest.open;
  }
  const active = part.contains(document.activeElement) ? document.activeElement.id : "";
  const kept = [...part.children].find((one) => one.id && one.contains(document.activeElement));
  const twin = kept?.matches("fieldset") && [...next.children].find((one) => one.id === kept.id);
  if (!twin) {
    part.replaceChildren(...next.childNodes);
    if (active) document.getElementById(active)?.focus({ preventScroll: true });
    return;
  }
  for (const one of [...part.childNodes]) if (one !== kept) one.remove();
  const all = [...next.childNodes];
  kept.before(...all.slice(0, all.indexOf(twin)));
  kept.after(...all.slice(all.indexOf(twin) + 1));
  for (const control of kept.querySelectorAll("input")) {
    const same = twinOf(control, twin.querySelectorAll("input"));
    const count = control.closest("label")?.querySelector(".count");
    if (count) count.textContent = same?.closest("label").querySelector(".count").textContent ?? "0";
  }
}

function dress() {
  for (const button of form.querySelectorAll("[data-apply]")) {
    button.type = "button";
    button.textContent = button.dataset.apply;
  }
}

// `keep` says what becomes of the address: "push", "replace", or "" where it is there already.
async function go(url, keep = "push") {
  const turn = ++asked;
  clearTimeout(typed);
  let answer;
  let page;
  try {
    answer = await fetch(url);
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    answer = null;
  }
  if (turn !== asked) return false;
  const other = answer?.ok && new URL(answer.url).pathname === location.pathname && page.querySelector("form[data-filter]");
  if (!other) {
    location.assign(url);
    return false;
  }
  const top = scrollY;
  const controls = [...other.elements];
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = page.getElementById(part.id);
    if (next) renew(part, document.importNode(next, true));
  }
  for (const control of form.elements) settle(control, twinOf(control, controls));
  dress();
  form.classList.add("narrowing"); // from now on what shows the results stays in sight
  shown = filtersOf(answer.url);
  if (keep === "push") {
    history.replaceState({ ...history.state, top }, "");
    history.pushState({}, "", answer.url);
  } else if (keep) history.replaceState(history.state, "", answer.url);
  scrollTo({ top, behavior: "instant" });
  document.dispatchEvent(new Event("contentadded"));
  announce.textContent = "";
  requestAnimationFrame(() => { announce.textContent = said()?.textContent ?? ""; });
  return true;
}

function listen() {
  form.addEventListener("change", (event) => {
    if (event.target.form !== form) return; // a result that is ticked narrows nothing
    if (event.target.matches("input[type=checkbox], select, [name=year]")) go(addressOf());
  });
  // Empty fields stay out of the address, so that it can be read and kept.
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
  });
  if (live) {
    form.addEventListener("input", (event) => {
      clearTimeout(typed);
      if (event.target.matches("input")) typed = setTimeout(() => go(addressOf(), "replace"), 250);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go(addressOf(), "replace");
    });
    form.querySelector("button[type=submit]").hidden = true;
  }
  document.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const taken = event.target.closest("[data-part] .chosen a");
    const stay = event.target.closest("[data-part] a[data-stay]");
    if (taken) {
      event.preventDefault();
      if (await go(taken.href)) said().focus({ preventScroll: true });
    } else if (stay) {
      event.preventDefault();
      if (await go(stay.href)) document.getElementById(stay.dataset.stay)?.focus({ preventScroll: true });
    } else if (event.target.closest("[data-apply]")) {
      fold.open = false;
      said().focus({ preventScroll: true });
      said().scrollIntoView();
    }
  });
  addEventListener("popstate", async (event) => {
    if (filtersOf(location) === shown) return;
    const { top } = event.state ?? {};
    if (await go(location.href, "") && top !== undefined) scrollTo({ top, behavior: "instant" });
  });
  // A browser that comes back to a page would tick again what was ticked when it was left.
  addEventListener("pageshow", () => form.reset());
  dress();
}
// A published page has none.
if (form) listen();
