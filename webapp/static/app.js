// Small comforts on every page; each page works without them.

const announce = document.getElementById("announce");

// "/" goes to the search box, unless the reader is typing.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = [...document.querySelectorAll("[data-search-box]")].find((b) => b.offsetParent);
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
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

// Forms that apply a choice at once.
for (const form of document.querySelectorAll("[data-auto-submit]")) {
  form.addEventListener("change", () => form.requestSubmit());
  for (const button of form.querySelectorAll("button[type=submit]")) button.hidden = true;
}

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
