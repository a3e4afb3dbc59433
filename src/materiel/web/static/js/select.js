// A selection in a list: says how many are chosen, and chooses a whole range with the shift key.

let last = null;

const boxesOf = (form) => [...form.querySelectorAll("tbody .m-tick input")];

const count = (form) => {
  const chosen = boxesOf(form).filter((box) => box.checked).length;
  const said = form.querySelector("[data-count]");
  const { one, several } = said.parentElement.dataset;
  if (form.elements.all?.checked) said.textContent = "Tous ceux de la recherche sont choisis.";
  else if (chosen === 0) said.textContent = "Cochez des lignes pour agir sur plusieurs à la fois.";
  else said.textContent = `${chosen} ${chosen > 1 ? several : one}.`;
};

document.addEventListener("click", (event) => {
  const box = event.target;
  const form = box.form?.closest("form[data-selection]");
  if (!form || !box.matches("tbody .m-tick input")) return;
  if (event.shiftKey && last?.isConnected && last !== box) {
    const boxes = boxesOf(form);
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
  }
  last = box;
});

document.addEventListener("change", (event) => {
  const form = event.target.form?.closest("form[data-selection]");
  if (form) count(form);
});

// Back from another page, the browser ticks again what was ticked.
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-selection]")) count(form); });
