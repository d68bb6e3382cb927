// Two fingers on a picture. One finger scrolls the page, as `touch-action: pan-y` of the picture says; with two down the
// browser leaves both to the page.

// `begin(middle)` is called when the second finger touches, with the point between both in CSS pixels of the window; what
// it returns is called with the factor by which they moved apart since, and the point between them. The answer tells
// whether two fingers are down.
function onPinch(element, begin) {
  const fingers = new Map();
  let pinch = null;
  const place = (event) => ({ x: event.clientX, y: event.clientY });
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    fingers.set(event.pointerId, place(event));
    pinch = null;
    if (fingers.size !== 2) return;
    // What they touched may be drawn anew meanwhile.
    for (const finger of fingers.keys()) element.setPointerCapture(finger);
    const from = spread();
    pinch = { from, change: begin(from) };
  });
  element.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, place(event));
    if (pinch === null) return;
    const now = spread();
    pinch.change(now.apart / pinch.from.apart, now);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    element.addEventListener(end, (event) => {
      if (fingers.delete(event.pointerId)) pinch = null;
    });
  }
  return () => pinch !== null;
}
