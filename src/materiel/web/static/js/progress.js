// Follows a job by events; the page shows the same when it is loaded again.

const TENTHS = 10;
const box = document.querySelector("[data-follow]");
const bar = box.querySelector("progress");
const said = box.querySelector("[data-said]");
let told = -1;

const show = ({ done, total }) => {
  if (!total) return;
  bar.max = total;
  bar.value = done;
  // A screen reader is told at each tenth, not at each step.
  const tenth = Math.floor((done / total) * TENTHS);
  if (tenth === told) return;
  told = tenth;
  said.textContent = `${done} sur ${total}`;
};

const source = new EventSource(box.dataset.follow);
source.addEventListener("progress", (event) => show(JSON.parse(event.data)));
source.addEventListener("end", () => { source.close(); location.reload(); });
