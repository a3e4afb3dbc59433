// The drawn signature, for those who like one: the name typed, the box ticked and the code are what counts.
const zone = document.getElementById("drawing");
if (zone && window.PointerEvent) {
  zone.hidden = false;
  const area = document.getElementById("drawing-area");
  const field = document.getElementById("strokes");
  const pen = area.getContext("2d");
  Object.assign(pen, { lineWidth: 2.5, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
  let strokes = [];
  let current = null;
  const pointOf = (event) => {
    const box = area.getBoundingClientRect();
    const within = (share, size) => Math.max(0, Math.min(size, Math.round(share * size)));
    return [
      within((event.clientX - box.left) / box.width, area.width),
      within((event.clientY - box.top) / box.height, area.height),
    ];
  };
  area.addEventListener("pointerdown", (event) => {
    area.setPointerCapture(event.pointerId);
    current = [pointOf(event)];
    strokes.push(current);
  });
  area.addEventListener("pointermove", (event) => {
    if (!current) return;
    const from = current.at(-1);
    const to = pointOf(event);
    current.push(to);
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
  });
  // Strokes as numbers, not an image: lighter, and redrawn at any size.
  const end = () => { current = null; field.value = JSON.stringify(strokes); };
  area.addEventListener("pointerup", end);
  area.addEventListener("pointercancel", end);
  document.getElementById("drawing-clear").addEventListener("click", () => {
    strokes = [];
    field.value = "";
    pen.clearRect(0, 0, area.width, area.height);
  });
}
