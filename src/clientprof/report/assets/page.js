// Starts the pictures, and opens every folded part while the page is printed.

document.documentElement.classList.add("scripted");
for (const block of document.querySelectorAll("[data-flame]")) startFlameGraph(block);
for (const block of document.querySelectorAll("[data-difference]")) startDifference(block);
for (const block of document.querySelectorAll("[data-waterfall]")) startWaterfall(block);
for (const block of document.querySelectorAll("[data-loop]")) startLoopTime(block);

const openedForPrint = [];
window.addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details:not([open])")) {
    part.open = true;
    openedForPrint.push(part);
  }
});
window.addEventListener("afterprint", () => {
  for (const part of openedForPrint.splice(0)) part.open = false;
});
