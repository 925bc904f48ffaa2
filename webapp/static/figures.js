// A plot as PNG: its SVG drawn on a canvas of twice the size.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.png");
  if (!button) return;
  const picture = new Image();
  picture.src = button.dataset.png;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth * 2;
  canvas.height = picture.naturalHeight * 2;
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await new Promise((done) => canvas.toBlob(done, "image/png")));
  link.download = picture.src.split("/").at(-1).replace(/\.svg$/, ".png");
  link.click();
  URL.revokeObjectURL(link.href);
});
function showPictureButtons() {
  for (const button of document.querySelectorAll("button.png")) button.hidden = false;
}
showPictureButtons();
document.addEventListener("contentadded", showPictureButtons);
