// Waterfall: one request told in full. A sentence, its phases as a bar and as a table of states, and who held the loop.

function described(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function swatchOf(colour) {
  const swatch = described("i", "swatch");
  swatch.style.setProperty("--c", colour);
  swatch.setAttribute("aria-hidden", "true");
  return swatch;
}

// Pieces of [us, colour] on one bar; the figures stand beside it.
function requestBar(pieces, full) {
  const bar = described("div", "request-bar");
  bar.setAttribute("aria-hidden", "true");
  for (const [us, colour] of pieces) {
    const piece = described("i", "");
    piece.style.cssText = `width:${(100 * us) / Math.max(1, full)}%;--c:${colour}`;
    bar.append(piece);
  }
  return bar;
}

function phaseTable(data, line) {
  const head = described("tr", "");
  const titles = ["Phase", "From", "Wall", ...(line.states ? data.states.map(([name]) => name) : [])];
  titles.forEach((title, index) => {
    const cell = described("th", index ? "number" : "", title);
    cell.scope = "col";
    if (index > 2) cell.prepend(swatchOf(data.states[index - 3][1]));
    head.append(cell);
  });
  const row = (name, figures) => {
    const first = described("th", "", ...name);
    first.scope = "row";
    return described("tr", "", first, ...figures.map((text) => described("td", "number", text)));
  };
  const rows = line.spans.map((span) =>
    row(
      [swatchOf(data.colours[span.phase]), data.phases[span.phase]],
      [span.start, span.end - span.start, ...(line.states ? span.states : [])].map(inMilliseconds),
    ),
  );
  const sums = [line.start, total(line), ...(line.states ?? [])].map(inMilliseconds);
  const body = described("tbody", "", ...rows, row(["all"], sums));
  const table = described("table", "request-table", described("thead", "", head), body);
  const box = described("div", "scroll", table);
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", `Phases and states of request ${line.exchange}`);
  return box;
}

// The layers that held the loop while the request was ready, the longest first.
function blameList(data, line) {
  if (data.blameless !== null) return [described("p", "quiet", data.blameless)];
  const held = data.layers.map(([name, colour], index) => ({ name, colour, us: line.blame[index] }));
  const some = held.filter((each) => each.us > 0).sort((a, b) => b.us - a.us);
  if (!some.length) return [described("p", "quiet", "It was never ready while something else held the loop.")];
  const items = some.map(({ name, colour, us }) =>
    described("li", "chip", swatchOf(colour), `${name} `, described("b", "", inMilliseconds(us))),
  );
  const bar = requestBar(some.map(({ us, colour }) => [us, colour]), some.reduce((sum, { us }) => sum + us, 0));
  return [described("p", "", "While it was ready, the loop was held by"), bar, described("ul", "request-phases", ...items)];
}

function describeLine(data, line) {
  const phases = line.spans.map((span) => [span.end - span.start, data.colours[span.phase]]);
  return [
    described("p", "request-title", lineFacts(data, line)),
    requestBar(phases, total(line)),
    described("div", "request-parts", phaseTable(data, line), described("div", "request-blame", ...blameList(data, line))),
  ];
}
