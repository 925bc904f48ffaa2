// A list narrowed in place: what bears data-list is taken from the answer to the form, the focus
// stays in the form, and how many are left is said. Without this script the button asks for the page.
const announce = document.getElementById("announce");

for (const form of document.querySelectorAll("form[data-narrow]")) {
  let asked = 0; // an answer that arrives after a later one was asked for is not shown
  let waiting;
  const list = document.getElementById(form.dataset.narrow);

  async function narrow() {
    const turn = ++asked;
    const url = new URL(form.action);
    for (const [name, value] of new FormData(form)) if (value) url.searchParams.append(name, value);
    try {
      const answer = await fetch(url);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = answer.ok && page.getElementById(list.id);
      if (!next) throw new Error(answer.status);
      if (turn !== asked) return;
      list.replaceChildren(...document.importNode(next, true).childNodes);
      history.replaceState(history.state, "", url);
      announce.textContent = list.querySelector("[data-said]")?.textContent ?? "";
    } catch {
      if (turn === asked) form.submit();
    }
  }

  form.addEventListener("change", (event) => { if (event.target.matches("select")) narrow(); });
  form.addEventListener("input", (event) => {
    if (!event.target.matches("input")) return;
    clearTimeout(waiting);
    waiting = setTimeout(narrow, 250);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    narrow();
  });
  form.querySelector("button[type=submit]").hidden = true;
}
