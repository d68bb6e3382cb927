// Flame graph, the part without a screen: unpack the flat lists, weigh them under filters, lay frames out, find matches.
// No function here touches the document. All weights come from the page's data; here they are only placed and added up.

const MERGED_NAME = (count) => `(${count} smaller)`;
const SEVERAL = "several";

// Turns the packed lists into columns with names and links between nodes. Nodes are in drawing order, parents first.
function unpackTree(data) {
  const known = data.frames.map(([place, layer]) => describe(data, place, data.layers[layer]));
  const apart = new Array(data.depth.length).fill(0);
  for (let index = 0; index < data.apart.length; index += 2) apart[data.apart[index]] = data.apart[index + 1];
  const frames = data.frame.map((place, node) => {
    if (place >= 0) return known[place];
    const light = data.light[node];
    return merged(-place, light.length === 3 ? data.layers[light[0]] : SEVERAL);
  });
  // A node's own weight as [layer, weight, part of it in which no request was running]; merged nodes have several.
  const parts = data.frame.map((place, node) => {
    if (place >= 0) return [[frames[node].layer, data.self[node], apart[node]]];
    return triples(data.light[node]).map(([layer, own, without]) => [data.layers[layer], own, without]);
  });
  const tree = { ...linkNodes(data.depth), frames, depth: data.depth, parts };
  return { ...tree, whole: weighTree(tree, NO_FILTER) };
}

const triples = (flat) => Array.from({ length: flat.length / 3 }, (_, index) => flat.slice(3 * index, 3 * index + 3));

// Who stands below whom, from the depths alone.
function linkNodes(depth) {
  const parent = new Array(depth.length).fill(-1);
  const children = Array.from({ length: depth.length }, () => []);
  const open = [];
  for (let node = 0; node < depth.length; node += 1) {
    open.length = depth[node];
    if (open.length > 0) {
      parent[node] = open[open.length - 1];
      children[parent[node]].push(node);
    }
    open.push(node);
  }
  return { parent, children };
}

// `key` is what a frame is hidden and linked by; merged frames have none.
function merged(count, layer) {
  return { name: MERGED_NAME(count), label: MERGED_NAME(count), where: "", link: "", layer, key: null };
}

function describe(data, place, layer) {
  const [module, func, file, line, root] = data.locations[place];
  const label = data.strings[func];
  const name = data.strings[module] ? `${data.strings[module]}.${label}` : label;
  const where = line > 0 ? `${data.strings[file]}:${line}` : data.strings[file];
  const link = root === undefined ? "" : `${data.roots[root]}${data.strings[file]}#L${line}`;
  return { name, label, where, link, layer, key: name };
}

const NO_FILTER = { layers: new Set(), state: "", hidden: new Set() };
const isFiltered = (filter) => filter.layers.size > 0 || filter.state !== "" || filter.hidden.size > 0;

// Own and total weight of every node under a filter: `layers` (empty for all), `state` ("", "running" or "apart") and the
// keys in `hidden`, which go with all that lies below them; `taken` says what each hid, `hiddenWeight` what all did.
function weighTree(tree, filter) {
  return sumUp(tree, filter, (node) => {
    let weight = 0;
    for (const [layer, own, apart] of tree.parts[node]) {
      if (filter.layers.size > 0 && !filter.layers.has(layer)) continue;
      weight += filter.state === "running" ? own - apart : filter.state === "apart" ? apart : own;
    }
    return weight;
  });
}

function sumUp(tree, filter, ownOf) {
  const size = tree.depth.length;
  const self = new Array(size).fill(0);
  const hiddenBy = new Array(size).fill(null);
  const taken = new Map([...filter.hidden].map((key) => [key, 0]));
  let hiddenWeight = 0;
  for (let node = 0; node < size; node += 1) {
    const above = tree.parent[node] < 0 ? null : hiddenBy[tree.parent[node]];
    // The root holds the picture: it stays.
    hiddenBy[node] = above ?? (node > 0 && filter.hidden.has(tree.frames[node].key) ? tree.frames[node].key : null);
    const weight = ownOf(node);
    if (hiddenBy[node] === null) self[node] = weight;
    else {
      hiddenWeight += weight;
      taken.set(hiddenBy[node], taken.get(hiddenBy[node]) + weight);
    }
  }
  const total = [...self];
  for (let node = size - 1; node > 0; node -= 1) total[tree.parent[node]] += total[node];
  return { self, total, hiddenWeight, taken };
}

// Places every frame that is at least `minimum` wide, for a focus node that fills the width. Callers of the focus fill
// the width too. Returns [{node, depth, left, width, caller}] with left and width as fractions of 1.
function layoutFrames(tree, focus, minimum) {
  const placed = [];
  for (let node = tree.parent[focus]; node >= 0; node = tree.parent[node]) {
    placed.unshift({ node, depth: tree.depth[node], left: 0, width: 1, caller: true });
  }
  placed.push({ node: focus, depth: tree.depth[focus], left: 0, width: 1, caller: false });
  const scale = tree.total[focus] > 0 ? 1 / tree.total[focus] : 0;
  const pending = [[focus, 0]];
  while (pending.length > 0) {
    const [node, start] = pending.pop();
    let left = start;
    for (const child of tree.children[node]) {
      const width = tree.total[child] * scale;
      if (width >= minimum) {
        placed.push({ node: child, depth: tree.depth[child], left, width, caller: false });
        pending.push([child, left]);
      }
      left += width;
    }
  }
  return placed;
}

// The node to zoom to when two fingers moved apart by `factor` around a column of frames whose innermost is `node`: inwards
// the innermost frame that is not enlarged by more, outwards the nearest caller that makes the focus as small.
function pinchedNode(tree, focus, node, factor) {
  const limit = tree.total[focus] / factor;
  let at = factor > 1 ? node : focus;
  while (at > 0 && at !== (factor > 1 ? focus : 0) && tree.total[at] < limit) at = tree.parent[at];
  return at;
}

// The pattern as a regular expression without case, or null where it is not one.
function patternOf(text) {
  try {
    return new RegExp(text, "i");
  } catch {
    return null;
  }
}

// Which nodes in view match, and their weight with nothing counted twice: a match below a match adds nothing.
function findMatches(tree, hits) {
  const matched = new Set();
  const covered = new Array(tree.depth.length).fill(false);
  let weight = 0;
  tree.frames.forEach((frame, node) => {
    const above = tree.parent[node] >= 0 && covered[tree.parent[node]];
    const hit = tree.total[node] > 0 && hits(frame);
    if (hit) matched.add(node);
    if (hit && !above) weight += tree.total[node];
    covered[node] = above || hit;
  });
  return { matched, weight };
}

const matching = (pattern) => (frame) => pattern.test(`${frame.name} ${frame.where} layer:${frame.layer}`);

// The node that a link names by number and label. Where the page was made anew and the number means another frame, the
// widest one of that label; null where there is none.
function linkedNode(tree, text) {
  const [, digits, label] = /^(\d+)~(.*)$/s.exec(text) ?? [];
  if (label === undefined) return null;
  if (tree.frames[digits]?.label === label) return Number(digits);
  let widest = null;
  tree.frames.forEach((frame, node) => {
    if (frame.label === label && tree.total[node] > 0 && (widest === null || tree.total[node] > tree.total[widest])) widest = node;
  });
  return widest;
}

const layerSaid = (layer) => (layer === SEVERAL ? "several layers" : `layer ${layer}`);
// Made when first used: it takes about 10 ms, which the first paint would wait for.
let onePlace = null;
const micros = (ns) => {
  onePlace ??= new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return onePlace.format(ns / 1000);
};
const inMicroseconds = (ns) => `${micros(ns)} \u00b5s per request`;
const inPercent = (share) => `${(share * 100).toFixed(1)} %`;
const shareOf = (part, whole) => (whole > 0 ? part / whole : 0);

// What is said of one frame: to the eye in the tooltip, to a screen reader as its label. `whole` are the weights without
// a filter.
function frameFacts(tree, node) {
  const frame = tree.frames[node];
  const all = tree.whole.total[node];
  const unfiltered = all === tree.total[node] ? "" : ` (${micros(all)} without filters)`;
  return {
    name: frame.name,
    where: frame.where,
    total: `${inMicroseconds(tree.total[node])}, ${inPercent(shareOf(tree.total[node], tree.whole.total[0]))} of all${unfiltered}`,
    self: `own: ${inMicroseconds(tree.self[node])}`,
    layer: layerSaid(frame.layer),
    link: frame.link,
  };
}
