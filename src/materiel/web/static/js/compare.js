// Compares a file with those of the document without sending it: its digest is computed here.
const form = document.getElementById("compare");
if (form && window.crypto?.subtle) {
  const field = form.querySelector("input[type=file]");
  const said = document.getElementById("compared");
  const known = form.dataset.digests.split(" ");
  const compare = async (file) => {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    const digest = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    said.textContent = digest === form.dataset.issued
      ? "Identique\u00a0: c’est le document tel que le service l’a émis, octet pour octet."
      : known.includes(digest)
        ? "Identique\u00a0: c’est un exemplaire signé de ce document, avec son cachet, octet pour octet."
        : "Différent\u00a0: ce fichier n’est ni le document émis, ni un de ses exemplaires signés. Il a été modifié, ou c’est un autre.";
    said.hidden = false;
  };
  field.addEventListener("change", () => { if (field.files[0]) compare(field.files[0]); });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) compare(event.dataTransfer.files[0]);
  });
  form.addEventListener("submit", (event) => {
    if (!field.files[0]) return;
    event.preventDefault();
    compare(field.files[0]);
  });
}
