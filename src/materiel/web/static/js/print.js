// The button « Imprimer », for whoever does not know the menu of the browser.
const button = document.getElementById("print");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
