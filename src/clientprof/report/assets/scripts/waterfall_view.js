// Waterfall, the part with a screen: a canvas that acts as a slider over the requests, and the chosen one below.

const LINE_MAX_PX = 8;
const PICTURE_MAX_PX = 520;
const PICTURE_MIN_PX = 90;
const PAN_SHARE = 0.2;
const PAGE_LINES = 20;

function startWaterfall(block) {
  const prefix = block.dataset.waterfall;
  const data = JSON.parse(document.getElementById(`${prefix}-data`).textContent);
  const canvas = document.getElementById(`${prefix}-canvas`);
  const panel = document.getElementById(`${prefix}-request`);
  const order = document.getElementById(`${prefix}-order`);
  const same = document.getElementById(`${prefix}-same`);
  const lines = unpackLines(data);
  const ownSpan = Math.max(1, data.length_us, ...lines.map((line) => line.end));
  const time = sharedTime(block.dataset.time, ownSpan);
  const height = Math.min(PICTURE_MAX_PX, Math.max(PICTURE_MIN_PX, lines.length * LINE_MAX_PX));
  const state = { chosen: 0, pinned: false };
  canvas.style.height = `${height + AXIS_PX}px`;
  const topOf = (index) => AXIS_PX + (index * height) / lines.length;

  function draw() {
    const { pen, width, scale } = canvasPen(canvas, height + AXIS_PX);
    drawTimeAxis(pen, canvas, time, width, height + AXIS_PX);
    const snap = (value) => Math.round(value * scale) / scale;
    const shown = inView(time);
    const perUs = width / shown.span;
    const gap = height / lines.length > 4 ? 1 : 0;
    lines.forEach((line, index) => {
      const top = snap(topOf(index));
      const thick = Math.max(1 / scale, snap(topOf(index + 1)) - top - gap);
      for (const span of line.spans) {
        pen.fillStyle = data.colours[span.phase];
        const left = (span.start - shown.start) * perUs;
        pen.fillRect(left, top, Math.max(0.5, (span.end - span.start) * perUs), thick);
      }
    });
    drawChoice(pen, width);
    drawMoment(pen, canvas, time, width, height + AXIS_PX);
  }

  function drawChoice(pen, width) {
    const thick = Math.max(3, height / lines.length);
    pen.strokeStyle = getComputedStyle(canvas).getPropertyValue("--choice");
    pen.lineWidth = state.pinned ? 2.5 : 1.5;
    pen.strokeRect(0.75, topOf(state.chosen) - 1.5, width - 1.5, thick + 3);
  }

  function choose(index) {
    state.chosen = Math.min(lines.length - 1, Math.max(0, index));
    const line = lines[state.chosen];
    canvas.setAttribute("aria-valuenow", state.chosen + 1);
    canvas.setAttribute("aria-valuetext", lineFacts(data, line));
    panel.replaceChildren(...describeLine(data, line));
    time.request = { start: line.start, end: line.end };
    redraw(time);
  }

  function reorder() {
    const kept = lines[state.chosen];
    lines.sort(lineOrder(order.value, data));
    choose(lines.indexOf(kept));
  }

  const hand = handleTime(block, canvas, time);
  const indexAt = (event) => {
    const y = event.clientY - canvas.getBoundingClientRect().top - AXIS_PX;
    return Math.min(lines.length - 1, Math.max(0, Math.floor((y / height) * lines.length)));
  };
  canvas.addEventListener("pointermove", (event) => {
    if (!hand.dragging() && !state.pinned) choose(indexAt(event));
  });
  // A click follows the end of a drag: it must not keep a request. On the one kept it lets it go.
  canvas.addEventListener("click", (event) => {
    if (hand.endsDrag()) return;
    const index = indexAt(event);
    state.pinned = !(state.pinned && index === state.chosen);
    choose(index);
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_LINES, PageUp: -PAGE_LINES };
    const sideways = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape" && time.view === null) state.pinned = false;
    if (timeKey(time, event)) {
      // done
    } else if (event.key === "Enter" || event.key === " ") {
      state.pinned = true;
      redraw(time);
      panel.focus();
    } else if (sideways && time.view !== null) panTime(time, sideways * PAN_SHARE);
    else {
      const target = { Home: 0, End: lines.length - 1 }[event.key] ?? state.chosen + (moves[event.key] ?? sideways);
      if (Number.isNaN(target)) return;
      state.pinned = true;
      choose(target);
    }
    event.preventDefault();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") canvas.focus();
  });
  order.addEventListener("change", reorder);
  same.addEventListener("change", () => {
    time.full = same.checked ? Math.max(ownSpan, data.longest_us) : ownSpan;
    lookAt(time, null);
  });
  time.watchers.push(draw);
  lines.sort(lineOrder("start", data));
  choose(Math.floor(lines.length / 2));
}
