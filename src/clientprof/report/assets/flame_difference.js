// Differential flame graph, the part without a screen: the merged tree of two arms as one tree per width. No function
// here touches the document. All weights and tones come from the page's data.

// The tree as flamegraph.js has it, with the weights of both arms beside. Its width is that of `widenedBy`.
function unpackDifference(data) {
  return {
    ...linkNodes(data.depth),
    frames: data.location.map((place, node) => describeDifference(data, place, node)),
    depth: data.depth,
    difference: data.difference,
    tone: data.tone,
    arms: {
      baseline: { total: data.baseline, self: data.baseline_self, name: data.names[0] },
      candidate: { total: data.candidate, self: data.candidate_self, name: data.names[1] },
    },
  };
}

function describeDifference(data, place, node) {
  if (place !== null) return describe(data, place, data.layer[node]);
  const name = data.layer[node] < 0 ? "all requests" : data.layers[data.layer[node]];
  return { name, label: name, where: "", layer: data.layer[node] < 0 ? "several" : name };
}

// The same tree with the width of the other arm.
function widenedBy(tree, arm) {
  return { ...tree, total: tree.arms[arm].total, self: tree.arms[arm].self };
}

const signed = (ns) => `${ns > 0 ? "+" : ""}${(ns / 1000).toFixed(1)} us per request`;

// What is said of one frame: both arms, the difference, and whether it is shown to be one.
function differenceFacts(tree, node) {
  const { baseline, candidate } = tree.arms;
  const frame = tree.frames[node];
  const alone = baseline.total[node] === 0 ? `only in ${candidate.name}` : candidate.total[node] === 0 ? `only in ${baseline.name}` : "";
  return {
    name: frame.name,
    where: frame.where,
    candidate: `${candidate.name}: ${inMicroseconds(candidate.total[node])}`,
    baseline: `${baseline.name}: ${inMicroseconds(baseline.total[node])}`,
    difference: `difference: ${signed(tree.difference[node])}${tree.tone[node] === 3 ? ", not beyond chance" : ""}`,
    alone,
    layer: frame.layer === frame.name ? "" : `layer ${frame.layer}`,
  };
}
