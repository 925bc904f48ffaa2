// Small comforts of the desk; every page works without them.

// What was refused comes first: read it out and put the keyboard there.
document.getElementById("errors")?.focus();

// Tick all claims shown, or none.
for (const button of document.querySelectorAll("[data-tick-all]")) {
  const boxes = [...button.form.querySelectorAll("input[type=checkbox][name=claim]")];
  button.hidden = boxes.length === 0;
  button.addEventListener("click", () => {
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
  });
}

// Start from the proposal without opening the page again; with links that are not recorded yet the
// server is asked what it would propose then.
for (const button of document.querySelectorAll("[data-take]")) {
  button.addEventListener("click", (event) => {
    const proposed = [...document.querySelectorAll(".decision [data-proposed]")];
    if (!proposed.length || document.querySelector(".offers .stances :checked")) return;
    event.preventDefault();
    for (const box of document.querySelectorAll(".decision [name=certainty_reasons]")) {
      box.checked = "proposed" in box.dataset;
    }
    for (const choice of proposed) choice.checked = true;
    button.form.dispatchEvent(new Event("input"));
    button.form.querySelector("#rationale_fr").focus();
  });
}
const wanted = document.getElementById(location.hash.slice(1));
if (wanted?.matches("textarea")) wanted.focus();

// j and k go through the claims, x ticks one, Enter opens it.
const rows = [...document.querySelectorAll("[data-rows] > li h3 a")];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !rows.length) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const here = event.target.closest("[data-rows] > li")?.querySelector("h3 a");
  const place = rows.indexOf(here);
  if (event.key === "j" || event.key === "k") {
    const next = event.key === "j" ? Math.min(place + 1, rows.length - 1) : Math.max(place - 1, 0);
    event.preventDefault();
    rows[next].focus();
  } else if (event.key === "x" && here) {
    const box = here.closest("li").querySelector("input[type=checkbox]");
    if (box) box.checked = !box.checked;
  }
});

// Words selected on the page become a claim: where they stand is told to the form.
const selecting = document.querySelector("[data-selecting]");
document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  if (!selecting || !selection.rangeCount || selection.isCollapsed) return;
  const range = selection.getRangeAt(0);
  const place = (node, offset) => {
    const said = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-start]");
    if (!said) return null;
    const before = document.createRange();
    before.setStart(said, 0);
    before.setEnd(node, offset);
    return Number(said.dataset.start) + [...before.toString()].length;
  };
  const start = place(range.startContainer, range.startOffset);
  const end = place(range.endContainer, range.endOffset);
  if (start === null || end === null || end <= start) return;
  selecting.elements.start.value = start;
  selecting.elements.end.value = end;
  selecting.querySelector("[data-selected]").textContent = selection.toString();
  selecting.hidden = false;
});
