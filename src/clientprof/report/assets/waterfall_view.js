// Waterfall, the part with a screen: a canvas that acts as a slider over the requests, and the chosen request below.

const AXIS_PX = 22;
const LINE_MAX_PX = 8;
const PICTURE_MAX_PX = 520;
const PICTURE_MIN_PX = 90;

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
  const state = { chosen: 0, pinned: false };
  canvas.style.height = `${height + AXIS_PX}px`;

  const spanUs = () => (same.checked ? Math.max(ownSpan, data.longest_us) : ownSpan);
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
    lines.forEach((line, index) => {
      const top = snap(topOf(index));
      const thick = Math.max(1 / scale, snap(topOf(index + 1)) - top - (height / lines.length > 4 ? 1 : 0));
      for (const span of line.spans) {
        pen.fillStyle = data.colours[span.phase];
        const left = (span.start / spanUs()) * width;
        pen.fillRect(left, top, Math.max(0.5, ((span.end - span.start) / spanUs()) * width), thick);
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
    for (const tick of axisTicks(spanUs(), Math.max(2, Math.floor(width / 90)))) {
      const x = Math.round((tick / spanUs()) * width) + 0.5;
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

  const indexAt = (event) => {
    const y = event.clientY - canvas.getBoundingClientRect().top - AXIS_PX;
    return Math.floor((y / height) * lines.length);
  };
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: 20, PageUp: -20 };
  canvas.addEventListener("pointermove", (event) => !state.pinned && choose(indexAt(event)));
  canvas.addEventListener("click", (event) => {
    state.pinned = !state.pinned;
    choose(indexAt(event));
  });
  canvas.addEventListener("keydown", (event) => {
    const targets = { Home: 0, End: lines.length - 1 };
    const target = event.key in steps ? state.chosen + steps[event.key] : targets[event.key];
    if (event.key === "Escape") state.pinned = false;
    if (target === undefined) return;
    event.preventDefault();
    state.pinned = true;
    choose(target);
  });
  order.addEventListener("change", reorder);
  same.addEventListener("change", draw);
  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  lines.sort(LINE_ORDERS.start);
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
