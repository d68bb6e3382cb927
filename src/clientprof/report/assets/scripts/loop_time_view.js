// The loop over time, the part with a screen: bands over one time axis, and a canvas that acts as a slider over moments.

const BAND_PX = 72;
const FIRST_BAND_PX = 150;
const BAND_TITLE_PX = 20;
const BRACKET_PX = 8;
const PAGE_PARTS = 10;

function startLoopTime(block) {
  const prefix = block.dataset.loop;
  const data = JSON.parse(document.getElementById(`${prefix}-data`).textContent);
  const canvas = document.getElementById(`${prefix}-canvas`);
  const readout = document.getElementById(`${prefix}-moment`);
  const bands = unpackBands(data);
  const time = sharedTime(block.dataset.time, data.length_us);
  const partUs = data.length_us / data.parts;
  let chosen = Math.floor(data.parts / 2);
  let bottom = AXIS_PX + BRACKET_PX;
  for (const band of bands) {
    band.top = bottom + BAND_TITLE_PX;
    band.height = band.shares ? FIRST_BAND_PX : BAND_PX;
    bottom = band.top + band.height;
  }
  const height = bottom + 4;
  canvas.style.height = `${height}px`;

  function draw() {
    const { pen, width } = canvasPen(canvas, height);
    drawTimeAxis(pen, canvas, time, width, height);
    const view = inView(time);
    const first = Math.max(0, Math.floor(view.start / partUs));
    const last = Math.min(data.parts - 1, Math.floor((view.start + view.span) / partUs));
    const leftOf = (part) => xOf(time, part * partUs, width);
    for (const band of bands) {
      for (const line of band.lines) {
        pen.fillStyle = pen.strokeStyle = line.colour ?? getComputedStyle(canvas).getPropertyValue("--text");
        if (band.stacked) fillParts(pen, band, line, first, last, leftOf);
        else strokeParts(pen, band, line, first, last, leftOf);
      }
      drawBandFrame(pen, band, width);
    }
    drawBracket(pen, width);
    drawMoment(pen, canvas, time, width, height);
  }

  function fillParts(pen, band, line, first, last, leftOf) {
    const perUnit = band.height / (band.most || 1);
    for (let part = first; part <= last; part += 1) {
      const tall = line.values[part] * perUnit;
      const top = band.top + band.height - (line.base[part] * perUnit + tall);
      // Up to the next part's left edge, rounded, so that no gap shows between two of them.
      const left = Math.floor(leftOf(part));
      if (tall > 0) pen.fillRect(left, top, Math.max(1, Math.floor(leftOf(part + 1)) - left), tall);
    }
  }

  function strokeParts(pen, band, line, first, last, leftOf) {
    const perUnit = band.height / (band.most || 1);
    pen.lineWidth = 2;
    pen.beginPath();
    for (let part = first; part <= last; part += 1) {
      const y = band.top + band.height - line.values[part] * perUnit;
      pen.lineTo(leftOf(part), y);
      pen.lineTo(leftOf(part + 1), y);
    }
    pen.stroke();
  }

  function drawBandFrame(pen, band, width) {
    const style = getComputedStyle(canvas);
    pen.strokeStyle = style.getPropertyValue("--line");
    pen.lineWidth = 1;
    pen.beginPath();
    for (const y of [band.top, band.top + band.height]) {
      pen.moveTo(0, Math.round(y) + 0.5);
      pen.lineTo(width, Math.round(y) + 0.5);
    }
    pen.stroke();
    pen.fillStyle = style.color;
    pen.fillText(`${band.title}, up to ${band.shares ? "100 %" : countOf(band.most)}`, 2, band.top - 6);
  }

  // The request chosen in the waterfall: from its call to its return.
  function drawBracket(pen, width) {
    if (time.request === null) return;
    const [from, to] = [time.request.start, time.request.end].map((us) => xOf(time, us, width));
    pen.fillStyle = getComputedStyle(canvas).getPropertyValue("--choice");
    pen.fillRect(from, AXIS_PX + 3, Math.max(1, to - from), 2);
    for (const x of [from, to]) pen.fillRect(x - 1, AXIS_PX, 2, BRACKET_PX);
  }

  function choose(part, marks = true) {
    chosen = Math.min(data.parts - 1, Math.max(0, part));
    const text = partFacts(data, bands, chosen);
    canvas.setAttribute("aria-valuenow", chosen + 1);
    canvas.setAttribute("aria-valuetext", text);
    readout.textContent = text;
    if (marks) time.moment = (chosen + 0.5) * partUs;
  }

  // What the keys choose stays in view.
  function chooseByKey(part) {
    choose(part);
    const view = inView(time);
    const outside = time.moment < view.start || time.moment > view.start + view.span;
    lookAt(time, outside ? { start: time.moment - view.span / 2, span: view.span } : time.view);
  }

  const hand = handleTime(block, canvas, time);
  canvas.addEventListener("pointermove", (event) => {
    if (hand.dragging()) return;
    choose(Math.floor(hand.momentAt(event) / partUs));
    redraw(time);
  });
  canvas.addEventListener("click", () => hand.endsDrag());
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: PAGE_PARTS, PageDown: -PAGE_PARTS };
    if (event.key === "Escape" && time.view === null) time.moment = null;
    if (!timeKey(time, event)) {
      const target = { Home: 0, End: data.parts - 1 }[event.key] ?? chosen + moves[event.key];
      if (Number.isNaN(target)) return;
      chooseByKey(target);
    }
    event.preventDefault();
  });
  time.watchers.push(draw);
  choose(chosen, false);
  redraw(time);
}
