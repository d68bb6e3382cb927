// Starts the pictures once the page has been seen, and opens every folded part while the page is printed.

const root = document.documentElement;
root.classList.add("scripted");

const waiting = [];
const later = (selector, start) => waiting.push(...[...document.querySelectorAll(selector)].map((block) => () => start(block)));
later("[data-flame]", (block) => startFlameGraph(block));
later("[data-difference]", (block) => startDifference(block));
later("[data-waterfall]", (block) => startWaterfall(block));
later("[data-loop]", (block) => startLoopTime(block));

// Pictures change the height of the page. Whoever came to an anchor stays there, unless they have moved on.
let isMoved = false;
for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) {
  window.addEventListener(kind, () => (isMoved = true), { once: true, passive: true, capture: true });
}

function finish() {
  root.classList.add("started");
  if (!isMoved) document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: "instant" });
}

// Each in a task of its own: the page answers between two of them, and one that fails does not stop the others.
function startNext() {
  root.classList.add("seen");
  const start = waiting.shift();
  if (start === undefined) return finish();
  setTimeout(startNext);
  start();
}

// The browser tells when the first paint is on the screen. It tells nothing of a page that nobody sees, and some never do.
const LATEST_START_MS = 1000;
let isBegun = false;
function begin() {
  if (isBegun) return;
  isBegun = true;
  startNext();
}
new PerformanceObserver(begin).observe({ type: "paint", buffered: true });
setTimeout(begin, document.hidden ? 0 : LATEST_START_MS);

const openedForPrint = [];
window.addEventListener("beforeprint", () => {
  root.classList.add("seen");
  for (const start of waiting.splice(0)) start();
  for (const part of document.querySelectorAll("details:not([open])")) {
    part.open = true;
    openedForPrint.push(part);
  }
});
window.addEventListener("afterprint", () => {
  for (const part of openedForPrint.splice(0)) part.open = false;
});
