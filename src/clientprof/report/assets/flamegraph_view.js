// Flame graph, the part with a screen: frames as elements, pointer and keyboard, search box, tooltip.

const ROW_PX = 19;
const SMALLEST_PX = 1;
const LABEL_FROM_PX = 30;

function startFlameGraph(block) {
  const prefix = block.dataset.flame;
  const tree = unpackTree(JSON.parse(document.getElementById(`${prefix}-data`).textContent));
  const graph = document.getElementById(`${prefix}-graph`);
  const search = document.getElementById(`${prefix}-search`);
  const output = document.getElementById(`${prefix}-matches`);
  const readout = block.querySelector(".readout");
  const flip = block.querySelector('[data-action="flip"]');
  const tip = makeTip(block);
  const state = { focus: 0, current: 0, rootBelow: false, matched: null, placed: [] };

  function draw(keepFocus) {
    state.placed = layoutFrames(tree, state.focus, SMALLEST_PX / Math.max(1, graph.clientWidth));
    const rows = Math.max(...state.placed.map((frame) => frame.depth)) + 1;
    if (!state.placed.some((frame) => frame.node === state.current)) state.current = state.focus;
    graph.style.height = `${rows * ROW_PX}px`;
    graph.replaceChildren(...state.placed.map((frame) => frameElement(frame, rows)));
    if (keepFocus) elementOf(state.current)?.focus({ preventScroll: true });
  }

  function frameElement(frame, rows) {
    const element = document.createElement("div");
    const facts = frameFacts(tree, frame.node);
    const row = state.rootBelow ? rows - 1 - frame.depth : frame.depth;
    element.className = "frame";
    element.dataset.node = frame.node;
    element.setAttribute("role", "treeitem");
    element.setAttribute("aria-level", frame.depth + 1);
    element.setAttribute("aria-label", Object.values(facts).filter(Boolean).join(", "));
    element.tabIndex = frame.node === state.current ? 0 : -1;
    element.style.cssText = `left:${frame.left * 100}%;width:${frame.width * 100}%;top:${row * ROW_PX}px`;
    const layer = tree.frames[frame.node].layer;
    if (layer !== "several") {
      element.style.setProperty("--c", `var(--layer-${layer})`);
      element.style.setProperty("--ink", `var(--layer-${layer}-ink)`);
    }
    element.classList.toggle("caller", frame.caller);
    if (state.matched) element.classList.add(state.matched.has(frame.node) ? "hit" : "miss");
    if (frame.width * graph.clientWidth >= LABEL_FROM_PX) element.textContent = tree.frames[frame.node].label;
    return element;
  }

  const elementOf = (node) => graph.querySelector(`[data-node="${node}"]`);
  const nodeOf = (target) => {
    const element = target.closest?.(".frame");
    return element && graph.contains(element) ? Number(element.dataset.node) : null;
  };

  function zoom(node) {
    if (tree.total[node] <= 0) return;
    state.focus = node;
    state.current = node;
    tip.hide();
    draw(true);
    const facts = frameFacts(tree, node);
    readout.textContent = node === 0 ? "Everything is shown." : `Zoomed into ${facts.name}: ${facts.total}.`;
  }

  function moveTo(node) {
    const element = node === null || node === undefined ? null : elementOf(node);
    if (!element) return;
    const before = elementOf(state.current);
    if (before) before.tabIndex = -1;
    state.current = node;
    element.tabIndex = 0;
    element.focus();
    tip.showAt(frameFacts(tree, node), element.getBoundingClientRect());
  }

  function beside(step) {
    const here = state.placed.find((frame) => frame.node === state.current);
    const row = state.placed.filter((frame) => frame.depth === here.depth).sort((a, b) => a.left - b.left);
    return row[row.indexOf(here) + step]?.node;
  }

  function onKey(event) {
    const inwards = state.rootBelow ? "ArrowUp" : "ArrowDown";
    const outwards = state.rootBelow ? "ArrowDown" : "ArrowUp";
    const below = state.placed.find((frame) => tree.parent[frame.node] === state.current);
    const actions = {
      [inwards]: () => moveTo(below?.node),
      [outwards]: () => moveTo(tree.parent[state.current]),
      ArrowRight: () => moveTo(beside(1)),
      ArrowLeft: () => moveTo(beside(-1)),
      Home: () => moveTo(0),
      Enter: () => zoom(state.current),
      " ": () => zoom(state.current),
      Escape: () => zoom(0),
    };
    if (actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  }

  function highlight(matched, text, layer) {
    state.matched = matched;
    output.textContent = text;
    for (const key of block.querySelectorAll("[data-layer]")) {
      key.setAttribute("aria-pressed", String(key.dataset.layer === layer));
    }
    draw(false);
  }

  function onSearch() {
    const pattern = patternOf(search.value);
    search.setAttribute("aria-invalid", String(pattern === null));
    if (pattern === null) highlight(null, "not a valid pattern", null);
    else if (search.value === "") highlight(null, "", null);
    else {
      const { matched, share } = findMatches(tree, pattern);
      highlight(matched, `${matched.size} frames match, ${inPercent(share)} of CPU`, null);
    }
  }

  function onLayer(key) {
    const layer = key.dataset.layer;
    search.value = "";
    search.setAttribute("aria-invalid", "false");
    if (key.getAttribute("aria-pressed") === "true") return highlight(null, "", null);
    const matched = new Set();
    tree.frames.forEach((frame, node) => frame.layer === layer && matched.add(node));
    return highlight(matched, `${layer} owns ${inPercent(layerShare(tree, layer))} of CPU`, layer);
  }

  graph.addEventListener("click", (event) => nodeOf(event.target) !== null && zoom(nodeOf(event.target)));
  graph.addEventListener("keydown", onKey);
  graph.addEventListener("focusout", tip.hide);
  graph.addEventListener("pointerleave", tip.hide);
  graph.addEventListener("pointermove", (event) => {
    const node = nodeOf(event.target);
    if (node === null) tip.hide();
    else tip.showAt(frameFacts(tree, node), new DOMRect(event.clientX, event.clientY, 0, 14));
  });
  search.addEventListener("input", onSearch);
  block.querySelector('[data-action="reset"]').addEventListener("click", () => {
    search.value = "";
    onSearch();
    zoom(0);
  });
  flip.addEventListener("click", () => {
    state.rootBelow = !state.rootBelow;
    flip.setAttribute("aria-pressed", String(state.rootBelow));
    draw(false);
  });
  for (const key of block.querySelectorAll("[data-layer]")) key.addEventListener("click", () => onLayer(key));
  let drawnWidth = 0;
  new ResizeObserver(() => {
    if (graph.clientWidth !== drawnWidth) {
      drawnWidth = graph.clientWidth;
      draw(graph.contains(document.activeElement));
    }
  }).observe(graph);
}

// The tooltip: texts are set as text, never as markup.
function makeTip(block) {
  const element = document.createElement("div");
  element.className = "tip";
  element.setAttribute("role", "tooltip");
  element.hidden = true;
  block.append(element);
  const hide = () => {
    element.hidden = true;
  };
  function showAt(facts, anchor) {
    const lines = Object.entries(facts).filter(([, text]) => text);
    element.replaceChildren(
      ...lines.map(([kind, text]) => {
        const line = document.createElement("div");
        line.className = `tip-${kind}`;
        line.textContent = text;
        return line;
      }),
    );
    element.hidden = false;
    const box = element.getBoundingClientRect();
    const left = Math.min(Math.max(8, anchor.left), document.documentElement.clientWidth - box.width - 8);
    const below = anchor.bottom + 8;
    const top = below + box.height > window.innerHeight ? anchor.top - box.height - 8 : below;
    element.style.left = `${Math.max(8, left)}px`;
    element.style.top = `${Math.max(8, top)}px`;
  }
  return { hide, showAt };
}
