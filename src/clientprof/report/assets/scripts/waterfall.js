// Waterfall, the part without a screen: unpack the lines, put them in order, say what one of them is.

// What packed_timelines.py wrote, with times in us from the start of the round.
function unpackLines(data) {
  const numbers = unpackNumbers(data.lines);
  const unit = data.unit_us;
  const lines = [];
  let place = 0;
  const next = () => numbers[place++];
  while (place < numbers.length) {
    const count = next();
    const line = { exchange: next(), connection: next() - 1, error: next(), start: next() * unit, spans: [] };
    line.connection = line.connection < 0 ? null : line.connection;
    line.error = line.error === 0 ? null : data.errors[line.error - 1];
    let at = line.start;
    for (let index = 0; index < count; index += 1) {
      const head = next();
      const states = head & 1 ? [next() * unit, next() * unit, next() * unit] : null;
      const start = at;
      at += states ? states[0] + states[1] + states[2] : next() * unit;
      line.spans.push({ phase: head >> 1, start, end: at, states });
    }
    line.end = at;
    const known = count > 0 && line.spans.every((span) => span.states);
    line.states = known ? [0, 1, 2].map((state) => line.spans.reduce((sum, span) => sum + span.states[state], 0)) : null;
    line.blame = data.layers.map(() => next() * unit);
    lines.push(line);
  }
  return lines;
}

const total = (line) => line.end - line.start;
const inPhase = (line, phase) =>
  line.spans.filter((span) => span.phase === phase).reduce((sum, span) => sum + span.end - span.start, 0);

// How to compare two lines for an order by name: start, total, connection, state:NAME, phase:NAME; the longest time first.
function lineOrder(name, data) {
  const byStart = (a, b) => a.start - b.start || a.exchange - b.exchange;
  if (name === "start") return byStart;
  if (name === "connection") return (a, b) => (a.connection ?? Infinity) - (b.connection ?? Infinity) || byStart(a, b);
  const [kind, of] = name.split(":");
  const state = data.states.findIndex(([each]) => each === of);
  const phase = data.phases.indexOf(of);
  const keys = { total, state: (line) => line.states?.[state] ?? -1, phase: (line) => inPhase(line, phase) };
  return (a, b) => keys[kind](b) - keys[kind](a) || byStart(a, b);
}

// What is said of one request, in a sentence.
function lineFacts(data, line) {
  const connection = line.connection === null ? "" : ` on connection ${line.connection}`;
  const failed = line.error === null ? "" : `, failed with ${line.error}`;
  const states = (line.states ?? []).map((us, state) => `${data.states[state][0]} ${inMilliseconds(us)}`);
  const said = states.length ? `; ${states.join(", ")}` : "";
  return `Request ${line.exchange}${connection}: ${inMilliseconds(total(line))}${failed}${said}`;
}
