// The search of a published site: Pagefind's index, asked in the browser.
const root = new URL("../", import.meta.url);
const form = document.getElementById("search-form");
const heading = document.getElementById("results-h");
const hits = document.getElementById("hits");
const more = document.getElementById("more");
const FACETS = ["indication", "design", "nerve", "intervention", "guidance", "stance", "population"];
const PAGE = 20;
let waiting = [];
let asked = 0;

const pagefind = await import(new URL("pagefind/pagefind.js", root)).catch((error) => {
  heading.textContent = heading.dataset.failed;
  throw error;
});
await pagefind.options({ baseUrl: root.pathname, excerptLength: 28 });

// Only text and marks are taken over from an excerpt.
function passage(excerpt) {
  const line = document.createElement("p");
  line.className = "passage";
  for (const node of new DOMParser().parseFromString(excerpt, "text/html").body.childNodes) {
    const marked = node.nodeName === "MARK" ? document.createElement("mark") : null;
    if (marked) marked.textContent = node.textContent;
    line.append(marked ?? node.textContent);
  }
  return line;
}

async function item(result) {
  const found = await result.data();
  const hit = document.createElement("li");
  hit.className = "hit";
  const title = document.createElement("h3");
  const link = document.createElement("a");
  link.href = found.url;
  link.textContent = found.meta.title;
  title.append(link);
  const by = document.createElement("p");
  by.className = "hit-by";
  by.textContent = found.meta.byline ?? "";
  hit.append(title, by, passage(found.excerpt));
  return hit;
}

// The years of 2020, 2015..2025, 2015.. or ..2010; `from` and `to` were their names before.
function yearsOf(values) {
  const asked = values.get("year") || [values.get("from"), values.get("to")].join("..");
  const [from, to = from] = asked.split(/\.\.|-/).map(Number);
  if (!from && !to) return null;
  const [since, last] = [from || 1900, to || new Date().getFullYear() + 1].sort((a, b) => a - b);
  return Array.from({ length: Math.min(last - since + 1, 1000) }, (_, i) => String(since + i));
}

async function search(values) {
  const turn = ++asked;
  const filters = {};
  for (const facet of FACETS) {
    const chosen = values.getAll(facet).filter(Boolean);
    if (chosen.length) filters[facet] = { any: chosen };
  }
  const years = yearsOf(values);
  if (years) filters.year = { any: years };
  const words = values.get("q")?.trim() || null;
  const answer = await pagefind.search(words, words ? { filters } : { filters, sort: { year: "desc" } });
  const n = answer.results.length;
  const first = await Promise.all(answer.results.slice(0, PAGE).map(item));
  if (turn !== asked) return; // something else was searched for meanwhile
  waiting = answer.results.slice(PAGE);
  const { one, many, none } = heading.dataset;
  hits.replaceChildren(...first);
  more.hidden = !waiting.length;
  heading.textContent = n ? (n === 1 ? one : many.replace("{n}", n)) : none;
}

more.addEventListener("click", async () => {
  const turn = asked;
  const following = await Promise.all(waiting.splice(0, PAGE).map(item));
  if (turn !== asked) return;
  hits.append(...following);
  more.hidden = !waiting.length;
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.pushState({}, "", `?${values}`);
  search(values);
});
function fromAddress() {
  const values = new URLSearchParams(location.search);
  for (const name of ["q", "indication", "design"]) form.elements[name].value = values.get(name) ?? "";
  search(values);
}
addEventListener("popstate", fromAddress);
fromAddress();
