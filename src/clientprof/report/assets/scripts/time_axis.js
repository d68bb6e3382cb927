// The time axis of the pictures, the part without a screen: ticks, stretches of time in view, times in words. All in us.

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

// A view is the stretch of time shown, {start, span}; it never leaves [0, full].
function heldInside(view, full) {
  const span = Math.min(full, Math.max(Math.min(CLOSEST_US, full), view.span));
  return { start: Math.min(full - span, Math.max(0, view.start)), span };
}

// The view enlarged by `factor`, with the moment `at` staying where it is on the screen.
function zoomedView(view, factor, at, full) {
  const span = Math.min(full, Math.max(Math.min(CLOSEST_US, full), view.span / factor));
  return heldInside({ start: at - ((at - view.start) * span) / view.span, span }, full);
}

// Made when first used, and once: a format of its own for each number takes as long as the pictures.
let twoPlaces = null;

function inMilliseconds(us) {
  if (us > 0 && us < 5) return "<0.01 ms";
  twoPlaces ??= new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${twoPlaces.format(us / 1000)} ms`;
}
