// Differential flame graph, the part with a screen: frames coloured by tone, the switch of widths, pointer and keyboard.

function startDifference(block) {
  const prefix = block.dataset.difference;
  const whole = unpackDifference(JSON.parse(document.getElementById(`${prefix}-data`).textContent));
  const graph = document.getElementById(`${prefix}-graph`);
  const search = document.getElementById(`${prefix}-search`);
  const output = document.getElementById(`${prefix}-matches`);
  const readout = block.querySelector(".readout");
  const tip = makeTip(block);
  const state = { tree: widenedBy(whole, "candidate"), focus: 0, current: 0, matched: null, placed: [] };

  function draw(keepFocus) {
    state.placed = layoutFrames(state.tree, state.focus, SMALLEST_PX / Math.max(1, graph.clientWidth));
    if (!state.placed.some((frame) => frame.node === state.current)) state.current = state.focus;
    graph.style.height = `${(Math.max(...state.placed.map((frame) => frame.depth)) + 1) * ROW_PX}px`;
    graph.replaceChildren(...state.placed.map(frameElement));
    if (keepFocus) elementOf(state.current)?.focus({ preventScroll: true });
  }

  function frameElement(frame) {
    const element = document.createElement("div");
    const tone = state.tree.tone[frame.node];
    element.className = "frame";
    element.dataset.node = frame.node;
    element.dataset.tone = tone;
    element.setAttribute("role", "treeitem");
    element.setAttribute("aria-level", frame.depth + 1);
    element.setAttribute("aria-label", Object.values(differenceFacts(state.tree, frame.node)).filter(Boolean).join(", "));
    element.tabIndex = frame.node === state.current ? 0 : -1;
    element.style.cssText = `left:${frame.left * 100}%;width:${frame.width * 100}%;top:${frame.depth * ROW_PX}px`;
    element.style.setProperty("--c", `var(--tone-${tone})`);
    element.style.setProperty("--ink", `var(--tone-${tone}-ink)`);
    element.classList.toggle("caller", frame.caller);
    if (state.matched) element.classList.add(state.matched.has(frame.node) ? "hit" : "miss");
    if (frame.width * graph.clientWidth >= LABEL_FROM_PX) element.textContent = state.tree.frames[frame.node].label;
    return element;
  }

  const elementOf = (node) => graph.querySelector(`[data-node="${node}"]`);
  const nodeOf = (target) => {
    const element = target.closest?.(".frame");
    return element && graph.contains(element) ? Number(element.dataset.node) : null;
  };

  function zoom(node) {
    if (state.tree.total[node] <= 0) return;
    state.focus = node;
    state.current = node;
    tip.hide();
    draw(true);
    const facts = differenceFacts(state.tree, node);
    readout.textContent = node === 0 ? "Everything is shown." : `Zoomed into ${facts.name}: ${facts.difference}.`;
  }

  function moveTo(node) {
    const element = node === null || node === undefined ? null : elementOf(node);
    if (!element) return;
    const before = elementOf(state.current);
    if (before) before.tabIndex = -1;
    state.current = node;
    element.tabIndex = 0;
    element.focus();
    tip.showAt(differenceFacts(state.tree, node), element.getBoundingClientRect());
  }

  function beside(step) {
    const here = state.placed.find((frame) => frame.node === state.current);
    const row = state.placed.filter((frame) => frame.depth === here.depth).sort((a, b) => a.left - b.left);
    return row[row.indexOf(here) + step]?.node;
  }

  function onKey(event) {
    const below = state.placed.find((frame) => state.tree.parent[frame.node] === state.current);
    const actions = {
      ArrowDown: () => moveTo(below?.node),
      ArrowUp: () => moveTo(state.tree.parent[state.current]),
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

  function onWidth(button) {
    const arm = button.dataset.width;
    for (const other of block.querySelectorAll("[data-width]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    state.tree = widenedBy(whole, arm);
    if (state.tree.total[state.focus] <= 0) state.focus = 0;
    tip.hide();
    draw(false);
    readout.textContent = `Width is the cost in ${whole.arms[arm].name}.`;
  }

  function onSearch() {
    const pattern = patternOf(search.value);
    search.setAttribute("aria-invalid", String(pattern === null));
    state.matched = null;
    if (pattern === null) output.textContent = "not a valid pattern";
    else if (search.value === "") output.textContent = "";
    else {
      const { matched, share } = findMatches(state.tree, pattern);
      state.matched = matched;
      output.textContent = `${matched.size} frames match, ${inPercent(share)} of the CPU shown`;
    }
    draw(false);
  }

  graph.addEventListener("click", (event) => nodeOf(event.target) !== null && zoom(nodeOf(event.target)));
  graph.addEventListener("keydown", onKey);
  graph.addEventListener("focusout", tip.hide);
  graph.addEventListener("pointerleave", tip.hide);
  graph.addEventListener("pointermove", (event) => {
    const node = nodeOf(event.target);
    if (node === null) tip.hide();
    else tip.showAt(differenceFacts(state.tree, node), new DOMRect(event.clientX, event.clientY, 0, 14));
  });
  search.addEventListener("input", onSearch);
  block.querySelector('[data-action="reset"]').addEventListener("click", () => {
    search.value = "";
    onSearch();
    zoom(0);
  });
  for (const button of block.querySelectorAll("[data-width]")) button.addEventListener("click", () => onWidth(button));
  let drawnWidth = 0;
  new ResizeObserver(() => {
    if (graph.clientWidth !== drawnWidth) {
      drawnWidth = graph.clientWidth;
      draw(graph.contains(document.activeElement));
    }
  }).observe(graph);
}
