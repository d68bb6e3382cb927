// Waterfall, the part without a screen: unpack the lines, put them in order, choose the ticks of the time axis.

const LINE_HEAD = 6;

// A packed line is exchange, connection, error, running, ready, waiting, then (phase, pause, duration) per span, in us.
function unpackLines(data) {
  return data.lines.map((row) => {
    const spans = [];
    let at = 0;
    for (let index = LINE_HEAD; index < row.length; index += 3) {
      const start = at + row[index + 1];
      at = start + row[index + 2];
      spans.push({ phase: row[index], start, end: at });
    }
    return {
      exchange: row[0],
      connection: row[1] < 0 ? null : row[1],
      error: row[2] < 0 ? null : data.errors[row[2]],
      // Null where nothing saw the steps of the event loop.
      states: row[3] === null ? {} : { running: row[3], ready: row[4], waiting: row[5] },
      spans,
      start: spans.length ? spans[0].start : 0,
      end: spans.length ? at : 0,
    };
  });
}

const LINE_ORDERS = {
  start: (a, b) => a.start - b.start || a.exchange - b.exchange,
  total: (a, b) => b.end - b.start - (a.end - a.start) || a.exchange - b.exchange,
  connection: (a, b) => (a.connection ?? Infinity) - (b.connection ?? Infinity) || a.start - b.start,
};

// Round distances between ticks so that at most `most` of them fit into the stretch of time in view.
function axisTicks(view, most) {
  const rough = view.span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const ticks = [];
  for (let at = Math.ceil(view.start / step) * step; at <= view.start + view.span; at += step) ticks.push(at);
  return ticks;
}

const CLOSEST_US = 100;

// A view is the stretch of time shown, {start, span} in us; it never leaves [0, full].
function heldInside(view, full) {
  const span = Math.min(full, Math.max(Math.min(CLOSEST_US, full), view.span));
  return { start: Math.min(full - span, Math.max(0, view.start)), span };
}

// The view enlarged by `factor`, with the moment `at` staying where it is on the screen.
function zoomedView(view, factor, at, full) {
  const span = Math.min(full, Math.max(Math.min(CLOSEST_US, full), view.span / factor));
  return heldInside({ start: at - ((at - view.start) * span) / view.span, span }, full);
}

function inMilliseconds(us) {
  if (us > 0 && us < 5) return "<0.01 ms";
  return `${(us / 1000).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ms`;
}

// What is said of one request, in a sentence.
function lineFacts(data, line) {
  const connection = line.connection === null ? "" : ` on connection ${line.connection}`;
  const failed = line.error === null ? "" : `, failed with ${line.error}`;
  const states = Object.entries(line.states).map(([name, us]) => `${name} ${inMilliseconds(us)}`);
  const said = states.length ? `; ${states.join(", ")}` : "";
  return `Request ${line.exchange}${connection}: ${inMilliseconds(line.end - line.start)}${failed}${said}`;
}
