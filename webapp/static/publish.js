// The search of a published site: Pagefind's index, asked in the browser. Judged claims that have all
// telling words of the question come before the references.
const root = new URL("../", import.meta.url);
const form = document.getElementById("search-form");
const heading = document.getElementById("results-h");
const hits = document.getElementById("hits");
const more = document.getElementById("more");
const FACETS = ["indication", "design", "nerve", "intervention", "guidance", "stance", "population"];
const PAGE = 20;
const CLAIMS = 3;
const answers = document.getElementById("answers");
const claims = document.getElementById("claims");
const passed = new Set(form.dataset.passed.split(" "));
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

// A sentence that was judged, with its verdict, how sure that is, and whose it is.
async function answer(result) {
  const { url, meta } = await result.data();
  const line = document.createElement("li");
  line.className = "answer";
  const title = document.createElement("h3");
  const link = document.createElement("a");
  link.href = url;
  link.textContent = meta.title;
  title.append(link);
  const facts = document.createElement("p");
  facts.className = "claim-facts";
  const verdict = document.createElement("span");
  verdict.className = `verdict tone-${meta.mark}`;
  const icon = document.querySelector("#search-form .icon").cloneNode(true);
  icon.firstElementChild.setAttribute("href", `#m-${meta.mark}`);
  verdict.append(icon, [meta.verdict, meta.certainty].filter(Boolean).join(" · "));
  const whose = document.createElement("span");
  whose.textContent = meta.text;
  facts.append(verdict, whose);
  line.append(title, facts);
  return line;
}

const folded = (word) => word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const telling = (words) => words.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => word && !passed.has(folded(word)));

async function claimsFor(words) {
  const asked = words ? telling(words).join(" ") : "";
  if (!asked) return [];
  const { results } = await pagefind.search(asked, { filters: { kind: "claim" } });
  return Promise.all(results.slice(0, CLAIMS).map(answer));
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
  const filters = { kind: "reference" };
  for (const facet of FACETS) {
    const chosen = values.getAll(facet).filter(Boolean);
    if (chosen.length) filters[facet] = { any: chosen };
  }
  const years = yearsOf(values);
  if (years) filters.year = { any: years };
  const words = values.get("q")?.trim() || null;
  const [judged, found] = await Promise.all([
    claimsFor(Object.keys(filters).length > 1 ? "" : words), // filters are of references
    pagefind.search(words, words ? { filters } : { filters, sort: { year: "desc" } }),
  ]);
  const n = found.results.length;
  const first = await Promise.all(found.results.slice(0, PAGE).map(item));
  if (turn !== asked) return; // something else was searched for meanwhile
  waiting = found.results.slice(PAGE);
  answers.hidden = !judged.length;
  claims.replaceChildren(...judged);
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
