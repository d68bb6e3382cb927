// Flame graph, the part with a screen: frames as elements, pointer and keyboard, tooltip. The controls around it are in
// flame_controls.js, which both the flame graph of a client and that of a difference use.

const ROW_PX = 19;
const SMALLEST_PX = 1;
const LABEL_FROM_PX = 30;
// How far two fingers move apart or together before they mean it, as a logarithm.
const PINCH_STARTS = 0.1;

// `view` holds focus, current, flipped, tree (with weights) and matched; `model` has facts(tree, node) and
// paint(element, tree, node); `on` is called when the reader zooms, chooses a frame, or presses one of `keys`.
function makePicture(graph, view, model, on) {
  const tip = makeTip(graph.parentElement);
  let placed = [];
  let drawnWidth = 0;

  function draw(keepFocus) {
    // Asked once: where the page has changed, each question for it lays the whole page out.
    drawnWidth = graph.clientWidth;
    placed = layoutFrames(view.tree, view.focus, SMALLEST_PX / Math.max(1, drawnWidth));
    const rows = Math.max(...placed.map((frame) => frame.depth)) + 1;
    // Where the chosen frame has become too narrow, the nearest of its callers that is drawn is the next to look at.
    const drawn = new Set(placed.map((frame) => frame.node));
    while (view.current > 0 && !drawn.has(view.current)) view.current = view.tree.parent[view.current];
    graph.style.height = `${rows * ROW_PX}px`;
    graph.replaceChildren(...placed.map((frame) => frameElement(frame, rows)));
    if (keepFocus) elementOf(view.current)?.focus({ preventScroll: true });
  }

  function frameElement(frame, rows) {
    const element = document.createElement("div");
    const { link, ...facts } = model.facts(view.tree, frame.node);
    const row = view.flipped ? rows - 1 - frame.depth : frame.depth;
    element.className = "frame";
    element.dataset.node = frame.node;
    element.setAttribute("role", "treeitem");
    element.setAttribute("aria-level", frame.depth + 1);
    element.setAttribute("aria-selected", String(frame.node === view.current));
    element.setAttribute("aria-label", Object.values(facts).filter(Boolean).join(", "));
    element.tabIndex = frame.node === view.current ? 0 : -1;
    element.style.cssText = `left:${frame.left * 100}%;width:${frame.width * 100}%;top:${row * ROW_PX}px`;
    model.paint(element, view.tree, frame.node);
    element.classList.toggle("caller", frame.caller);
    if (view.matched) element.classList.add(view.matched.has(frame.node) ? "hit" : "miss");
    if (frame.width * drawnWidth >= LABEL_FROM_PX) element.textContent = view.tree.frames[frame.node].label;
    return element;
  }

  const elementOf = (node) => graph.querySelector(`[data-node="${node}"]`);
  const nodeOf = (target) => {
    const element = target.closest?.(".frame");
    return element && graph.contains(element) ? Number(element.dataset.node) : null;
  };

  function moveTo(node) {
    const element = node === null || node === undefined ? null : elementOf(node);
    if (!element) return;
    choose(node);
    element.focus();
    tip.showAt(model.facts(view.tree, node), element.getBoundingClientRect());
  }

  function choose(node) {
    for (const [chosen, element] of [[false, elementOf(view.current)], [true, elementOf(node)]]) {
      if (!element) continue;
      element.tabIndex = chosen ? 0 : -1;
      element.setAttribute("aria-selected", String(chosen));
    }
    view.current = node;
    on.choose(node);
  }

  function beside(step) {
    const here = placed.find((frame) => frame.node === view.current);
    const row = placed.filter((frame) => frame.depth === here.depth).sort((a, b) => a.left - b.left);
    return row[row.indexOf(here) + step]?.node;
  }

  // The next match after the chosen frame, from top to bottom and left to right, round the end.
  function nextMatch(step) {
    const hits = placed.filter((frame) => view.matched?.has(frame.node)).map((frame) => frame.node);
    if (hits.length === 0) return null;
    hits.sort((a, b) => a - b);
    const after = step > 0 ? hits.find((node) => node > view.current) : hits.findLast((node) => node < view.current);
    return after ?? (step > 0 ? hits[0] : hits[hits.length - 1]);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inwards = view.flipped ? "ArrowUp" : "ArrowDown";
    const outwards = view.flipped ? "ArrowDown" : "ArrowUp";
    const below = placed.find((frame) => view.tree.parent[frame.node] === view.current);
    const actions = {
      [inwards]: () => moveTo(below?.node),
      [outwards]: () => moveTo(view.tree.parent[view.current]),
      ArrowRight: () => moveTo(beside(1)),
      ArrowLeft: () => moveTo(beside(-1)),
      Home: () => moveTo(0),
      n: () => moveTo(nextMatch(1)),
      p: () => moveTo(nextMatch(-1)),
      Enter: () => on.zoom(view.current),
      " ": () => on.zoom(view.current),
      Backspace: () => on.zoom(Math.max(0, view.tree.parent[view.focus])),
      Escape: () => on.zoom(0),
      ...on.keys,
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  }

  // The innermost frame of the column at this place of the window.
  function innermostAt(x) {
    const box = graph.getBoundingClientRect();
    const share = (x - box.left) / box.width;
    const column = placed.filter((frame) => frame.left <= share && share < frame.left + frame.width);
    return column.reduce((inner, frame) => (frame.depth > inner.depth ? frame : inner), column[0])?.node ?? view.focus;
  }

  onPinch(graph, (middle) => {
    const focus = view.focus;
    const node = innermostAt(middle.x);
    return (factor) => {
      const wanted = Math.abs(Math.log(factor)) < PINCH_STARTS ? focus : pinchedNode(view.tree, focus, node, factor);
      if (wanted !== view.focus) on.zoom(wanted);
    };
  });
  graph.addEventListener("click", (event) => nodeOf(event.target) !== null && on.zoom(nodeOf(event.target)));
  graph.addEventListener("keydown", onKey);
  // A frame may be given the focus by other means than the arrows: by Tab, by a screen reader.
  graph.addEventListener("focusin", (event) => {
    const node = nodeOf(event.target);
    if (node !== null && node !== view.current) choose(node);
  });
  graph.addEventListener("focusout", tip.hide);
  graph.addEventListener("pointerleave", tip.hide);
  graph.addEventListener("pointermove", (event) => {
    const node = nodeOf(event.target);
    if (node === null) tip.hide();
    else tip.showAt(model.facts(view.tree, node), new DOMRect(event.clientX, event.clientY, 0, 14));
  });
  // It tells of the first width too, which is drawn by then.
  new ResizeObserver(() => {
    if (graph.clientWidth !== drawnWidth) draw(graph.contains(document.activeElement));
  }).observe(graph);
  return { draw, moveTo, nextMatch, hideTip: tip.hide };
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
