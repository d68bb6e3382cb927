// The time axis of the pictures, the part with a screen. The pictures of one client share one stretch of time in view, the
// moment pointed at, and the request chosen: what one of them changes, all of them draw.

const AXIS_PX = 22;
const ZOOM_STEP = 2;
const WHEEL_STEP = 1.25;
const DRAG_STARTS_PX = 4;
const BRUSH_MIN_PX = 8;

const timesOfClients = new Map();

// The time of a client, at least `lengthUs` long: {full, view or null for all of it, moment, request, brush, watchers}.
function sharedTime(client, lengthUs) {
  const nothing = { full: 1, view: null, moment: null, request: null, brush: null, watchers: [] };
  const time = timesOfClients.get(client) ?? nothing;
  time.full = Math.max(time.full, lengthUs);
  timesOfClients.set(client, time);
  return time;
}

const redraw = (time) => time.watchers.forEach((draw) => draw());
const inView = (time) => time.view ?? { start: 0, span: time.full };
const xOf = (time, us, width) => ((us - inView(time).start) / inView(time).span) * width;

function lookAt(time, wanted) {
  time.view = wanted === null || wanted.span >= time.full ? null : heldInside(wanted, time.full);
  redraw(time);
}

// Around the moment, or around the middle of what is in view.
function zoomTime(time, factor, moment) {
  const view = inView(time);
  lookAt(time, zoomedView(view, factor, moment ?? view.start + view.span / 2, time.full));
}

function panTime(time, share) {
  const view = inView(time);
  lookAt(time, { start: view.start + share * view.span, span: view.span });
}

// True if the key was one of the time axis.
function timeKey(time, event) {
  const actions = {
    "+": () => zoomTime(time, ZOOM_STEP),
    "-": () => zoomTime(time, 1 / ZOOM_STEP),
    0: () => lookAt(time, null),
    Escape: () => lookAt(time, null),
  };
  const action = actions[event.key === "=" ? "+" : event.key];
  if (action) action();
  return action !== undefined;
}

const deviceScale = () => window.devicePixelRatio || 1;
const fittingWidth = (canvas) => Math.round(canvas.clientWidth * deviceScale());

// A canvas ready to be drawn on in CSS pixels: the pen, the width, and how many device pixels one of them has.
function canvasPen(canvas, height) {
  const width = canvas.clientWidth;
  const scale = deviceScale();
  canvas.width = fittingWidth(canvas);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.font = `11px ${getComputedStyle(canvas).fontFamily}`;
  return { pen, width, scale };
}

function drawTimeAxis(pen, canvas, time, width, height) {
  const style = getComputedStyle(canvas);
  pen.fillStyle = style.color;
  pen.strokeStyle = style.getPropertyValue("--line");
  pen.lineWidth = 1;
  for (const tick of axisTicks(inView(time), Math.max(2, Math.floor(width / 90)))) {
    const x = Math.round(xOf(time, tick, width)) + 0.5;
    const text = `${tick / 1000} ms`;
    pen.beginPath();
    pen.moveTo(x, AXIS_PX - 6);
    pen.lineTo(x, height);
    pen.stroke();
    if (x + 4 + pen.measureText(text).width < width) pen.fillText(text, x + 4, AXIS_PX - 9);
  }
}

// Over a finished picture: the moment pointed at, and the stretch that is being dragged over.
function drawMoment(pen, canvas, time, width, height) {
  const style = getComputedStyle(canvas);
  pen.strokeStyle = style.getPropertyValue("--choice");
  pen.lineWidth = 1;
  if (time.moment !== null) {
    const x = Math.round(xOf(time, time.moment, width)) + 0.5;
    pen.setLineDash([3, 3]);
    pen.beginPath();
    pen.moveTo(x, AXIS_PX - 6);
    pen.lineTo(x, height);
    pen.stroke();
    pen.setLineDash([]);
  }
  if (time.brush === null) return;
  const [from, to] = time.brush.map((us) => xOf(time, us, width)).sort((a, b) => a - b);
  pen.fillStyle = style.getPropertyValue("--choice");
  pen.globalAlpha = 0.15;
  pen.fillRect(from, AXIS_PX, to - from, height - AXIS_PX);
  pen.globalAlpha = 1;
}

// Wheel, drag, two fingers and buttons of one picture. The answer tells whether a drag is under way, and once whether a
// click ended one.
function handleTime(block, canvas, time) {
  let drag = null;
  const momentAt = (event) => {
    const box = canvas.getBoundingClientRect();
    return inView(time).start + ((event.clientX - box.left) / box.width) * inView(time).span;
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    drag = { x: event.clientX, at: momentAt(event), from: inView(time).start, moved: false, over: false, pans: time.view !== null };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag === null || drag.over || !event.isPrimary || (!drag.moved && Math.abs(event.clientX - drag.x) < DRAG_STARTS_PX)) return;
    if (!drag.moved) canvas.setPointerCapture(event.pointerId);
    drag.moved = true;
    const view = inView(time);
    if (drag.pans) {
      const start = drag.from - ((event.clientX - drag.x) / canvas.clientWidth) * view.span;
      return lookAt(time, { start, span: view.span });
    }
    time.brush = [drag.at, momentAt(event)];
    redraw(time);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (drag !== null) drag.over = true;
    if (time.brush === null) return;
    const [from, to] = time.brush.sort((a, b) => a - b);
    time.brush = null;
    const wide = Math.abs(event.clientX - drag.x) >= BRUSH_MIN_PX;
    lookAt(time, wide ? { start: from, span: to - from } : time.view);
  });
  for (const end of ["pointercancel", "pointerleave"]) {
    canvas.addEventListener(end, () => {
      if (drag !== null && drag.moved && !drag.over && end === "pointerleave") return; // it is captured until let go
      drag = null;
      time.brush = null;
      redraw(time);
    });
  }
  const isPinching = onPinch(canvas, (middle) => {
    const from = inView(time);
    const at = momentAt({ clientX: middle.x });
    drag = { moved: true, over: true };
    time.brush = null;
    // The moment that was between the fingers stays between them.
    return (factor, now) => {
      const span = from.span / factor;
      const box = canvas.getBoundingClientRect();
      lookAt(time, { start: at - ((now.x - box.left) / box.width) * span, span });
    };
  });
  // Without a modifier the wheel scrolls the page, as everywhere.
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.shiftKey && !event.metaKey) return;
      event.preventDefault();
      zoomTime(time, (event.deltaY || event.deltaX) < 0 ? WHEEL_STEP : 1 / WHEEL_STEP, momentAt(event));
    },
    { passive: false },
  );
  const actions = { in: () => zoomTime(time, ZOOM_STEP), out: () => zoomTime(time, 1 / ZOOM_STEP), reset: () => lookAt(time, null) };
  const buttons = [...block.querySelectorAll("[data-zoom]")];
  for (const button of buttons) button.addEventListener("click", () => actions[button.dataset.zoom]());
  time.watchers.push(() => {
    canvas.classList.toggle("zoomed", time.view !== null);
    for (const button of buttons) button.disabled = button.dataset.zoom !== "in" && time.view === null;
  });
  // It tells of the first width too, in which the picture is drawn by then.
  new ResizeObserver(() => canvas.width !== fittingWidth(canvas) && redraw(time)).observe(canvas);
  for (const look of ["(prefers-color-scheme: dark)", "print"]) matchMedia(look).addEventListener("change", () => redraw(time));
  return {
    momentAt,
    dragging: () => isPinching() || (drag !== null && drag.moved && !drag.over),
    endsDrag: () => {
      const moved = drag !== null && drag.moved;
      drag = null;
      return moved;
    },
  };
}
