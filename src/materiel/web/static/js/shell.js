// What every page does better with a script; each of them works without.

// A refused form: the summary of its faults takes the focus.
document.getElementById("errors")?.focus();

// A message after an action is read out only if it changes once the page is there.
for (const message of document.querySelectorAll("main > .fr-alert[role=status], main > .fr-alert[role=alert]")) {
  const text = message.querySelector("p");
  if (text) text.replaceWith(text.cloneNode(true));
}

// A table wider than its page scrolls: the keyboard must reach it, and a reader must know what it is.
for (const box of document.querySelectorAll(".fr-table__container")) {
  if (box.scrollWidth <= box.clientWidth) continue;
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", box.querySelector("caption")?.textContent.trim() || "Tableau");
}

// « / » goes to the search, as « Chercher partout » says.
const find = document.getElementById("find");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || !find || event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  find.focus();
});

// A second click while the answer is on its way does not send a form twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
});
// Back from the next page, the browser may show this one as it was left.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Tells tests and style sheets that scripts run.
document.documentElement.dataset.js = "on";
