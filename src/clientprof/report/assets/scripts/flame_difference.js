// Differential flame graph, the part without a screen: the merged tree of two arms as one tree per width. No function
// here touches the document. All weights and tones come from the page's data; here they are only added up.

const ARMS = ["baseline", "candidate"];

// The tree as flame_layout.js has it, without weights: those are `own` by arm.
function unpackDifference(data) {
  return {
    ...linkNodes(data.depth),
    frames: data.location.map((place, node) => describeDifference(data, place, node)),
    depth: data.depth,
    tone: data.tone,
    own: { baseline: data.baseline, candidate: data.candidate },
    names: { baseline: data.names[0], candidate: data.names[1] },
  };
}

function describeDifference(data, place, node) {
  const layer = data.layer[node] < 0 ? SEVERAL : data.layers[data.layer[node]];
  if (place === null) {
    const name = layer === SEVERAL ? "all requests" : layer;
    return { name, label: name, where: "", link: "", layer, key: `layer:${name}` };
  }
  return place < 0 ? merged(-place, layer) : describe(data, place, layer);
}

// Weights of both arms under a filter (see weighTree); `self`, `total` and what is hidden are those of the arm that widens.
function weighDifference(tree, filter, arm) {
  const arms = Object.fromEntries(
    ARMS.map((name) => {
      const inFilter = (node) => filter.layers.size === 0 || filter.layers.has(tree.frames[node].layer);
      return [name, sumUp(tree, filter, (node) => (inFilter(node) ? tree.own[name][node] : 0))];
    }),
  );
  return { ...tree, arms, ...arms[arm] };
}

const signed = (ns) => `${ns > 0 ? "+" : ""}${inMicroseconds(ns)}`;

// What is said of one frame: both arms, the difference, and whether it is shown to be one.
function differenceFacts(tree, node) {
  const [was, now] = ARMS.map((arm) => tree.arms[arm].total[node]);
  const { baseline, candidate } = tree.names;
  const frame = tree.frames[node];
  return {
    name: frame.name,
    where: frame.where,
    candidate: `${candidate}: ${inMicroseconds(now)}`,
    baseline: `${baseline}: ${inMicroseconds(was)}`,
    difference: `difference: ${signed(now - was)}${tree.tone[node] === 3 ? ", not beyond chance" : ""}`,
    alone: was === 0 ? `only in ${candidate}` : now === 0 ? `only in ${baseline}` : "",
    layer: frame.layer === frame.name ? "" : layerSaid(frame.layer),
    link: frame.link,
  };
}
