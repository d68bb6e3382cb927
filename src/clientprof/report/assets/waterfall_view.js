// Waterfall, the part with a screen: a canvas that acts as a slider over the requests, zoom in time, and the chosen
// request below.

const AXIS_PX = 22;
const LINE_MAX_PX = 8;
const PICTURE_MAX_PX = 520;
const PICTURE_MIN_PX = 90;
const ZOOM_STEP = 2;
const WHEEL_STEP = 1.25;
const PAN_SHARE = 0.2;
const DRAG_STARTS_PX = 4;

function startWaterfall(block) {
  const prefix = block.dataset.waterfall;
  const data = JSON.parse(document.getElementById(`${prefix}-data`).textContent);
  const canvas = document.getElementById(`${prefix}-canvas`);
  const panel = document.getElementById(`${prefix}-request`);
  const order = document.getElementById(`${prefix}-order`);
  const same = document.getElementById(`${prefix}-same`);
  const lines = unpackLines(data);
  const ownSpan = Math.max(1, ...lines.map((line) => line.end));
  const height = Math.min(PICTURE_MAX_PX, Math.max(PICTURE_MIN_PX, lines.length * LINE_MAX_PX));
  const state = { chosen: 0, pinned: false, view: null, drag: null };
  canvas.style.height = `${height + AXIS_PX}px`;

  const fullUs = () => (same.checked ? Math.max(ownSpan, data.longest_us) : ownSpan);
  const view = () => state.view ?? { start: 0, span: fullUs() };
  const placeOf = (us, width) => ((us - view().start) / view().span) * width;
  const topOf = (index) => AXIS_PX + (index * height) / lines.length;

  function draw() {
    const width = canvas.clientWidth;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round((height + AXIS_PX) * scale);
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    drawAxis(pen, width);
    const snap = (value) => Math.round(value * scale) / scale;
    const shown = view();
    const perUs = width / shown.span;
    lines.forEach((line, index) => {
      const top = snap(topOf(index));
      const thick = Math.max(1 / scale, snap(topOf(index + 1)) - top - (height / lines.length > 4 ? 1 : 0));
      for (const span of line.spans) {
        pen.fillStyle = data.colours[span.phase];
        const left = (span.start - shown.start) * perUs;
        pen.fillRect(left, top, Math.max(0.5, (span.end - span.start) * perUs), thick);
      }
    });
    drawChoice(pen, width);
  }

  function drawAxis(pen, width) {
    const style = getComputedStyle(canvas);
    pen.font = `11px ${style.fontFamily}`;
    pen.fillStyle = style.color;
    pen.strokeStyle = style.getPropertyValue("--line");
    pen.lineWidth = 1;
    for (const tick of axisTicks(view(), Math.max(2, Math.floor(width / 90)))) {
      const x = Math.round(placeOf(tick, width)) + 0.5;
      const text = `${tick / 1000} ms`;
      pen.beginPath();
      pen.moveTo(x, AXIS_PX - 6);
      pen.lineTo(x, AXIS_PX + height);
      pen.stroke();
      if (x + 4 + pen.measureText(text).width < width) pen.fillText(text, x + 4, AXIS_PX - 9);
    }
  }

  function drawChoice(pen, width) {
    const style = getComputedStyle(canvas);
    const top = topOf(state.chosen);
    const thick = Math.max(3, height / lines.length);
    pen.strokeStyle = style.getPropertyValue("--choice");
    pen.lineWidth = 1.5;
    pen.strokeRect(0.75, top - 1.5, width - 1.5, thick + 3);
  }

  function choose(index) {
    state.chosen = Math.min(lines.length - 1, Math.max(0, index));
    const line = lines[state.chosen];
    canvas.setAttribute("aria-valuenow", state.chosen + 1);
    canvas.setAttribute("aria-valuetext", lineFacts(data, line));
    panel.replaceChildren(...describeLine(data, line));
    draw();
  }

  function reorder() {
    const kept = lines[state.chosen];
    lines.sort(LINE_ORDERS[order.value]);
    choose(lines.indexOf(kept));
  }

  function look(wanted) {
    state.view = wanted === null || wanted.span >= fullUs() ? null : heldInside(wanted, fullUs());
    canvas.classList.toggle("zoomed", state.view !== null);
    for (const button of block.querySelectorAll("[data-zoom]")) {
      if (button.dataset.zoom !== "in") button.disabled = state.view === null;
    }
    draw();
  }

  // Around the pointer, or around the middle of what is in view.
  function zoom(factor, clientX) {
    const box = canvas.getBoundingClientRect();
    const share = clientX === undefined ? 0.5 : (clientX - box.left) / box.width;
    look(zoomedView(view(), factor, view().start + share * view().span, fullUs()));
  }

  const pan = (share) => look({ start: view().start + share * view().span, span: view().span });
  const actions = { in: () => zoom(ZOOM_STEP), out: () => zoom(1 / ZOOM_STEP), reset: () => look(null) };

  const indexAt = (event) => {
    const y = event.clientY - canvas.getBoundingClientRect().top - AXIS_PX;
    return Math.floor((y / height) * lines.length);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (state.view !== null && event.button === 0) state.drag = { x: event.clientX, from: view().start, moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    const drag = state.drag;
    if (drag === null) return state.pinned || choose(indexAt(event));
    if (!drag.moved && Math.abs(event.clientX - drag.x) < DRAG_STARTS_PX) return;
    if (!drag.moved) canvas.setPointerCapture(event.pointerId);
    drag.moved = true;
    look({ start: drag.from - ((event.clientX - drag.x) / canvas.clientWidth) * view().span, span: view().span });
  });
  for (const end of ["pointercancel", "pointerleave"]) canvas.addEventListener(end, () => (state.drag = null));
  // A click follows the end of a drag: it must not pin a request.
  canvas.addEventListener("click", (event) => {
    const dragged = state.drag !== null && state.drag.moved;
    state.drag = null;
    if (dragged) return;
    state.pinned = !state.pinned;
    choose(indexAt(event));
  });
  // Without a modifier the wheel scrolls the page, as everywhere.
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.shiftKey && !event.metaKey) return;
      event.preventDefault();
      zoom((event.deltaY || event.deltaX) < 0 ? WHEEL_STEP : 1 / WHEEL_STEP, event.clientX);
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 };
    const sideways = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const keys = { "+": "in", "=": "in", "-": "out", 0: "reset" };
    if (event.key === "Escape") {
      state.pinned = false;
      look(null);
    } else if (event.key in keys) actions[keys[event.key]]();
    else if (sideways && state.view !== null) pan(sideways * PAN_SHARE);
    else {
      const target = { Home: 0, End: lines.length - 1 }[event.key] ?? state.chosen + (moves[event.key] ?? sideways);
      if (Number.isNaN(target)) return;
      state.pinned = true;
      choose(target);
    }
    event.preventDefault();
  });
  for (const button of block.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => actions[button.dataset.zoom]());
  }
  order.addEventListener("change", reorder);
  same.addEventListener("change", () => look(null));
  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  lines.sort(LINE_ORDERS.start);
  look(null);
  choose(Math.floor(lines.length / 2));
}

// One request: a sentence, its phases as one bar, and each phase with its figures.
function describeLine(data, line) {
  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const total = Math.max(1, line.end - line.start);
  const bar = element("div", "request-bar");
  const list = element("ul", "request-phases");
  for (const span of line.spans) {
    const piece = element("i", "");
    piece.style.cssText = `width:${(100 * (span.end - span.start)) / total}%;--c:${data.colours[span.phase]}`;
    bar.append(piece);
    const item = element("li", "chip");
    const swatch = element("i", "swatch");
    swatch.style.setProperty("--c", data.colours[span.phase]);
    item.append(swatch, `${data.phases[span.phase]} `, element("b", "", inMilliseconds(span.end - span.start)));
    list.append(item);
  }
  return [element("p", "request-title", lineFacts(data, line)), bar, list];
}
