// Flame graph, the part without a screen: unpack the flat lists, lay frames out, find matches. No function here
// touches the document. All weights come from the page's data; here they are only placed and added up.

const MERGED_NAME = (count) => `(${count} smaller)`;

// Turns the packed lists into columns with names and links between nodes. Nodes are in drawing order, parents first.
function unpackTree(data) {
  const frames = data.location.map((place, node) => describe(data, place, data.layer[node]));
  const { depth, self, total, layers, owned } = data;
  return { ...linkNodes(depth), frames, depth, self, total, layers, owned };
}

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

function describe(data, place, layer) {
  const owner = layer < 0 ? "several" : data.layers[layer];
  if (place < 0) return { name: MERGED_NAME(-place), label: MERGED_NAME(-place), where: "", layer: owner };
  const [module, func, file, line] = data.locations[place];
  const label = data.strings[func];
  const name = data.strings[module] ? `${data.strings[module]}.${label}` : label;
  return { name, label, where: line > 0 ? `${data.strings[file]}:${line}` : data.strings[file], layer: owner };
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

// The pattern as a regular expression without case, or null where it is not one.
function patternOf(text) {
  try {
    return new RegExp(text, "i");
  } catch {
    return null;
  }
}

// Which nodes match, and their weight with nothing counted twice: a match below a match adds nothing.
function findMatches(tree, pattern) {
  const matched = new Set();
  const covered = new Array(tree.depth.length).fill(false);
  let weight = 0;
  tree.frames.forEach((frame, node) => {
    const above = tree.parent[node] >= 0 && covered[tree.parent[node]];
    const hit = pattern.test(`${frame.name} ${frame.where} layer:${frame.layer}`);
    if (hit) matched.add(node);
    if (hit && !above) weight += tree.total[node];
    covered[node] = above || hit;
  });
  return { matched, share: tree.total[0] > 0 ? weight / tree.total[0] : 0 };
}

// Own weight of a layer as a share of everything, from the whole tree: merged frames have no layer of their own.
function layerShare(tree, layer) {
  const weight = tree.owned[tree.layers.indexOf(layer)];
  return tree.total[0] > 0 ? weight / tree.total[0] : 0;
}

const inMicroseconds = (ns) => `${(ns / 1000).toFixed(1)} us per request`;
const inPercent = (share) => `${(share * 100).toFixed(1)} %`;

// What is said of one frame: to the eye in the tooltip, to a screen reader as its label.
function frameFacts(tree, node) {
  const frame = tree.frames[node];
  return {
    name: frame.name,
    where: frame.where,
    total: `${inMicroseconds(tree.total[node])}, ${inPercent(tree.total[node] / tree.total[0])} of all`,
    self: `own: ${inMicroseconds(tree.self[node])}`,
    layer: `layer ${frame.layer}`,
  };
}
