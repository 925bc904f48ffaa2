// Facets apply when they are ticked; without this script the button applies them.
const form = document.getElementById("search-form");
form.addEventListener("change", (event) => {
  if (event.target.matches(".narrow input[type=checkbox]")) form.requestSubmit();
});
// Empty fields stay out of the address, so that it can be read and kept.
form.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});
