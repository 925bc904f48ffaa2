// Small comforts on every page; each page works without them.

const announce = document.getElementById("announce");

// Where the header has no room for the search, its mark opens the field; by itself it is a link.
const opener = document.querySelector(".search-open");
const field = document.querySelector(".mini-search");
function unfold(open) {
  field.classList.toggle("is-open", open);
  opener.ariaExpanded = open;
}
if (opener) {
  opener.role = "button";
  unfold(false);
  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    unfold(true);
    field.elements.q.focus();
  });
  opener.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    opener.click();
  });
  field.addEventListener("focusout", (event) => { if (!field.contains(event.relatedTarget)) unfold(false); });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !opener.offsetParent) return;
    unfold(false);
    opener.focus();
  });
}

// The menu of a narrow screen closes with Escape, and when the reader goes on elsewhere.
const menu = document.getElementById("menu");
menu.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, (event) => { if (!menu.contains(event.target)) menu.open = false; });
}

// "/" goes to the search box, unless the reader is typing.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = [...document.querySelectorAll("[data-search-box]")].find((b) => b.offsetParent);
  if (!box && !opener) return;
  event.preventDefault();
  if (!box) opener.click();
  box?.focus();
  box?.select();
});

// The other language and the other theme keep what a script wrote into the address.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".languages a, .themes a");
  const to = link && new URL(link.href);
  const name = to && ["lang", "theme"].find((one) => to.searchParams.has(one));
  if (!name) return;
  const here = new URL(location.href);
  here.searchParams.set(name, to.searchParams.get(name));
  link.href = here;
});

// Links that belong together are one stop of the Tab key; the arrow keys go from one to the next.
for (const group of document.querySelectorAll("[data-one-stop]")) {
  group.ariaLabel = group.dataset.oneStop;
  const rows = [...group.children].map((row) => [...row.querySelectorAll("a")]);
  const links = rows.flat();
  const stop = (link) => { for (const one of links) one.tabIndex = one === link ? 0 : -1; };
  stop(links[0]);
  group.addEventListener("focusin", (event) => stop(event.target));
  group.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const at = links.indexOf(event.target);
    const row = rows.findIndex((one) => one.includes(event.target));
    const beside = (other) => other?.[Math.min(rows[row].indexOf(event.target), other.length - 1)];
    const next = {
      ArrowRight: links[at + 1], ArrowLeft: links[at - 1],
      ArrowDown: beside(rows[row + 1]), ArrowUp: beside(rows[row - 1]),
      Home: rows[row]?.[0], End: rows[row]?.at(-1),
    }[event.key];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

// A sheet of paper says where it came from, and when.
addEventListener("beforeprint", () => {
  const sheet = document.querySelector(".sheet");
  const language = document.documentElement.lang === "fr" ? "fr" : "en-GB";
  const date = new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(new Date());
  sheet.textContent = `${location.href} · ${sheet.dataset.printed.replace("{date}", date)}`;
});

// Buttons that copy an address or a text. They are shown only where copying is possible.
function showCopyButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button.copy")) button.hidden = false;
}
showCopyButtons();
document.addEventListener("contentadded", showCopyButtons);
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  await navigator.clipboard.writeText(source ? source.textContent.trim() : button.dataset.copy);
  announce.textContent = "";
  requestAnimationFrame(() => { announce.textContent = announce.dataset.copied; });
  button.classList.add("done");
  const words = button.lastChild;
  button.dataset.words ??= words.textContent;
  words.textContent = announce.dataset.copied;
  setTimeout(() => {
    words.textContent = button.dataset.words;
    button.classList.remove("done");
  }, 3000);
});

// Terms of the glossary explain themselves on hover and on focus; Escape puts them away.
let glossary;
let tip;
let shownFor;
let turn = 0;
async function meaningOf(slug) {
  glossary ??= fetch(document.querySelector("[data-glossary]").href)
    .then((answer) => answer.text())
    .then((text) => new DOMParser().parseFromString(text, "text/html"));
  return (await glossary).getElementById(slug)?.querySelector("dd")?.textContent;
}
function putAway() {
  turn += 1;
  tip?.remove();
  shownFor?.removeAttribute("aria-describedby");
  tip = shownFor = undefined;
}
async function explain(term) {
  if (shownFor === term) return;
  putAway();
  shownFor = term;
  const mine = turn;
  const words = await meaningOf(term.dataset.term).catch(() => undefined);
  if (!words || mine !== turn) return;
  tip = document.createElement("div");
  tip.className = "tip";
  tip.id = "tip";
  tip.setAttribute("role", "tooltip");
  tip.textContent = words;
  document.querySelector("main").append(tip);
  const place = term.getBoundingClientRect();
  const left = Math.min(place.left, document.documentElement.clientWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left) + scrollX}px`;
  tip.style.top = `${place.bottom + scrollY + 4}px`;
  term.setAttribute("aria-describedby", "tip");
}
for (const [kind, act] of [["mouseover", explain], ["focusin", explain]]) {
  document.addEventListener(kind, (event) => {
    const term = event.target.closest?.("[data-term]");
    if (term) act(term);
    else if (shownFor && !event.target.closest?.(".tip")) putAway();
  });
}
document.addEventListener("keydown", (event) => { if (event.key === "Escape") putAway(); });
