// A selection in a list: says how many are chosen, and chooses a whole range with the shift key.

let last = null;

const count = (form) => {
  const boxes = [...form.querySelectorAll("input[name=items]")];
  const chosen = boxes.filter((box) => box.checked).length;
  const all = form.elements.all?.checked;
  const said = form.querySelector("[data-count]");
  if (all) said.textContent = "Tous les matériels de la recherche sont choisis.";
  else if (chosen === 0) said.textContent = "Cochez des matériels pour agir sur plusieurs à la fois.";
  else said.textContent = `${chosen} ${chosen > 1 ? "matériels choisis" : "matériel choisi"}.`;
  form.classList.toggle("p-selection--some", all || chosen > 0);
};

document.addEventListener("click", (event) => {
  const box = event.target;
  const form = box.form?.closest("form[data-selection]");
  if (!form || box.name !== "items") return;
  if (event.shiftKey && last?.isConnected && last !== box) {
    const boxes = [...form.querySelectorAll("input[name=items]")];
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
