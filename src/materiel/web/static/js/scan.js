// Scanning: codes of a handheld reader or of the camera, one after the other, without leaving the page.

const REPEAT = 3000; // The same label stays before the camera: it counts once in that time.
const LOCAL_PAUSE = 120;
const SERVER_PAUSE = 400;
const FRAME_WIDTH = 800;
const QUALITY = 0.7;

const form = document.querySelector("form[data-scan]");
const camera = document.querySelector("[data-camera]");
// "find" leads to one item; "pile" keeps several, "list" those that a school confirms.
const kind = form.dataset.scan;
const isPile = kind === "pile";
const field = form.elements[kind === "list" ? "codes" : "code"];

const waiting = [];
const missed = [];
let isSending = false;

const tell = (text) => { document.getElementById("scan-state").textContent = text; };

// --- The pile: each code is sent in turn, and the list that comes back takes the place of this one.

const keepWhatWasChosen = (fresh) => {
  for (const old of form.querySelectorAll("#pile select, #pile input:not([type=hidden])")) {
    const same = old.id && fresh.querySelector(`#${CSS.escape(old.id)}`);
    if (!same) continue;
    if (old.type === "checkbox") same.checked = old.checked;
    else same.value = old.value;
  }
};

const send = async (code) => {
  const data = new FormData(form);
  data.set("code", code);
  data.delete("photo");
  const answer = await fetch(form.action, { method: "POST", body: data });
  if (answer.redirected) throw new Error("session");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const pile = page.getElementById("pile");
  if (!pile) throw new Error("page");
  keepWhatWasChosen(pile);
  document.getElementById("pile").replaceWith(document.adoptNode(pile));
  const faults = page.getElementById("scan-faults");
  document.getElementById("scan-faults").replaceWith(document.adoptNode(faults));
  if (!answer.ok) missed.push(code);
  // What was not understood stays told while the next labels go by.
  tell(`${pile.dataset.said}${missed.length ? ` Non reconnus : ${missed.join(", ")}.` : ""}`);
  navigator.vibrate?.(answer.ok ? 30 : [60, 60, 60]);
};

// --- The list: each label recognised becomes a line of the field, which is sent when its reader confirms.

const recognise = async (code) => {
  const headers = { "X-CSRF-Token": camera.dataset.csrf };
  const answer = await fetch(camera.dataset.codes, { method: "POST", body: new URLSearchParams({ code }), headers });
  if (answer.redirected) throw new Error("session");
  if (!answer.ok) throw new Error("page");
  const { item } = await answer.json();
  const lines = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
  navigator.vibrate?.(item ? 30 : [60, 60, 60]);
  if (!item) { tell("Cette étiquette n’est pas celle d’un matériel déposé chez vous."); return; }
  const called = `${item.designation}, n° ${item.number}`;
  if (lines.includes(item.number)) { tell(`Déjà dans la liste : ${called}.`); return; }
  field.value = `${[...lines, item.number].join("\n")}\n`;
  tell(`Ajouté à la liste : ${called}. Confirmez quand vous avez fini.`);
};

const read = isPile ? send : recognise;

const drain = async () => {
  if (isSending) return;
  isSending = true;
  while (waiting.length) {
    try {
      await read(waiting[0]);
      waiting.shift();
    } catch (error) {
      const why = error.message === "session"
        ? `Votre session est terminée : ${isPile ? "reconnectez-vous" : "ouvrez de nouveau votre lien"} dans un autre onglet, puis continuez ici.`
        : `Le serveur ne répond pas : la ${isPile ? "pile" : "liste"} est gardée sur cette page.`;
      tell(`${why} Non enregistré : ${waiting.splice(0).join(", ")}.`);
    }
  }
  isSending = false;
};

const take = (code) => { waiting.push(code); drain(); };

if (isPile) {
  form.addEventListener("submit", (event) => {
    // The other buttons of the form send the page as they would without a script.
    if (event.submitter?.formAction !== form.action || event.submitter.name) return;
    event.preventDefault();
    const code = field.value.trim();
    // Emptied at once: a reader sends the next code while this one is on its way.
    field.value = "";
    field.focus();
    if (code) take(code);
  });
}

// --- The camera: read here when the browser can, else by the server, a small picture at a time.

if (camera && navigator.mediaDevices?.getUserMedia) {
  camera.hidden = false;
  const video = camera.querySelector("video");
  const start = camera.querySelector("[data-start]");
  const stop = camera.querySelector("[data-stop]");
  const said = camera.querySelector("[data-said]");
  const seen = new Map();
  let stream = null;

  const detector = async () => {
    if (!("BarcodeDetector" in window)) return null;
    const known = await BarcodeDetector.getSupportedFormats();
    return known.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  };

  const readByServer = async () => {
    const scale = Math.min(1, FRAME_WIDTH / video.videoWidth);
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
    const headers = { "Content-Type": "image/jpeg", "X-CSRF-Token": camera.dataset.csrf };
    const answer = await fetch(camera.dataset.camera, { method: "POST", body: picture, headers });
    return answer.ok ? (await answer.json()).codes : [];
  };

  const close = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = stop.hidden = true;
    start.hidden = false;
  };

  const isNew = (code) => {
    const now = Date.now();
    const isRepeated = now - (seen.get(code) ?? 0) < REPEAT;
    seen.set(code, now);
    return !isRepeated;
  };

  const found = (code) => {
    if (kind !== "find") { take(code); return; }
    close();
    field.value = code;
    form.requestSubmit();
  };

  start.addEventListener("click", async () => {
    said.textContent = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    } catch {
      said.textContent = "La caméra n’est pas disponible ou n’est pas autorisée : utilisez la photo ou le clavier.";
      return;
    }
    video.srcObject = stream;
    video.hidden = stop.hidden = false;
    start.hidden = true;
    stop.focus();
    await video.play();
    said.textContent = "Présentez l’étiquette devant la caméra.";
    const local = await detector();
    while (stream) {
      let codes = [];
      // A picture without a code, or a moment without network: the next one will do.
      try { codes = local ? (await local.detect(video)).map((code) => code.rawValue) : await readByServer(); } catch { codes = []; }
      if (!stream) break;
      for (const code of codes) if (isNew(code)) found(code);
      await new Promise((resolve) => { setTimeout(resolve, local ? LOCAL_PAUSE : SERVER_PAUSE); });
    }
  });
  stop.addEventListener("click", () => { close(); said.textContent = ""; start.focus(); });
  addEventListener("pagehide", close);
}
