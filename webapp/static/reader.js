// Opens a claim beside the text. Without this script the same links open the claim's page.
const reader = document.querySelector("main.reader");
const panel = document.getElementById("panel");
const body = panel.querySelector(".panel-body");
const page = panel.querySelector(".panel-page");
const announce = document.getElementById("announce");
// A claim's links: its line in the register, or its passages on the page itself.
const LINKS = ".claim a[data-claim], a.claimed";
let opener = null;
let asked = 0; // a claim that arrives after a later one was asked for is not shown

function mark(id) {
  for (const link of document.querySelectorAll(LINKS)) {
    const open = link.dataset.claim === id;
    link.closest(".claim, .claimed").classList.toggle("is-open", open);
    if (open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function current() {
  return [...document.querySelectorAll(LINKS)].find((link) => link.ariaCurrent);
}

function address(id) {
  const url = new URL(location.href);
  if (id) url.searchParams.set("claim", id);
  else url.searchParams.delete("claim");
  url.hash = id ? `c-${id}` : "";
  return url;
}

// Brings a passage into the part of the screen that the sheet of a narrow screen leaves free.
function bring(link) {
  const box = link.getBoundingClientRect();
  const sheet = !panel.hidden && getComputedStyle(panel).position === "fixed";
  const free = sheet ? panel.getBoundingClientRect().top : innerHeight;
  if (box.top >= 0 && box.bottom <= free) return;
  scrollBy({ top: box.top - Math.max(12, (free - box.height) / 3), behavior: "instant" });
}

function lower(level, article) {
  // The claim's page begins with h1; beside the text it begins with h2.
  for (const heading of article.querySelectorAll("h1, h2, h3")) {
    const other = document.createElement(`h${Number(heading.tagName[1]) + level}`);
    for (const { name, value } of heading.attributes) other.setAttribute(name, value);
    other.append(...heading.childNodes);
    heading.replaceWith(other);
  }
  return article;
}

async function show(id, href, keep = true) {
  const turn = ++asked;
  announce.textContent = announce.dataset.loading;
  let article;
  try {
    const answer = await fetch(href);
    const text = new DOMParser().parseFromString(await answer.text(), "text/html");
    article = answer.ok && text.querySelector("[data-claim-body]");
    // A published page has relative addresses: they mean what they meant where they stood.
    for (const link of article ? article.querySelectorAll("a[href]") : []) {
      link.setAttribute("href", new URL(link.getAttribute("href"), answer.url));
    }
  } catch {
    article = null;
  }
  if (turn !== asked) return;
  if (!article) {
    location.assign(href);
    return;
  }
  const place = opener?.getBoundingClientRect().top;
  body.replaceChildren(lower(1, document.importNode(article, true)));
  page.href = href;
  panel.hidden = false;
  reader.classList.add("has-panel");
  panel.scrollTop = 0;
  mark(id);
  document.dispatchEvent(new Event("contentadded"));
  announce.textContent = "";
  // The text grows narrower beside the panel: keep the claim where the reader's eye is.
  if (place !== undefined) scrollBy({ top: opener.getBoundingClientRect().top - place, behavior: "instant" });
  if (opener) bring(opener);
  if (keep) history.pushState({ claim: id, href }, "", address(id));
  body.querySelector(".statement").focus({ preventScroll: true });
}

function hide(keep = true) {
  asked++;
  const place = opener?.getBoundingClientRect().top;
  panel.hidden = true;
  reader.classList.remove("has-panel");
  mark(null);
  if (keep) history.pushState({}, "", address(null));
  if (opener) {
    scrollBy({ top: opener.getBoundingClientRect().top - place, behavior: "instant" });
    opener.focus({ preventScroll: true });
    bring(opener);
  }
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[data-claim]");
  if (link) {
    event.preventDefault();
    opener = link;
    show(link.dataset.claim, link.href);
  } else if (event.target.closest(".panel-close")) {
    event.preventDefault();
    opener ??= current();
    hide();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden && !document.getElementById("tip")) {
    opener ??= current();
    hide();
  }
});
const linkOf = (id) => [...document.querySelectorAll(LINKS)].find((one) => one.dataset.claim === id);
function follow() {
  const id = new URL(location.href).searchParams.get("claim");
  const open = panel.hidden ? null : body.querySelector("[data-claim-body]").dataset.claimBody;
  if (id === open) return;
  const link = id && linkOf(id);
  opener = link || opener;
  if (link) show(id, link.href, false);
  else if (!panel.hidden) hide(false);
}
addEventListener("popstate", follow);
// A server opens the claim of the address itself, beside a published page nobody did; the page
// goes to the passage, unless the reader comes back to where they were.
if (panel.hidden) {
  follow();
} else if (performance.getEntriesByType("navigation")[0].type === "navigate") {
  opener = current();
  if (opener) bring(opener);
  body.querySelector(".statement").focus({ preventScroll: true });
}
