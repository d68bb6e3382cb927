// What stands around a flame graph: search, filters by layer and state, hidden functions, the chosen frame with its
// source, reset, and the link that keeps all of it. Used for the flame graph of a client and for that of a difference.

// `model`: unpacked (a tree without weights), weigh(filter), facts, paint, whole() (weight of everything, as shown),
// sums(node) (lines on the chosen frame), and for a picture with several widths width and setWidth(name).
function startFlames(block, prefix, model) {
  const part = (name) => block.querySelector(name);
  const search = document.getElementById(`${prefix}-search`);
  const output = document.getElementById(`${prefix}-matches`);
  const readout = part(".readout");
  const states = part("[data-states]");
  const keys = [...block.querySelectorAll("[data-layer]")];
  let isFollowing = false;
  const filter = { layers: new Set(), state: "", hidden: new Set() };
  const view = { focus: 0, current: 0, flipped: false, tree: model.weigh(filter), matched: null };
  const on = {
    zoom,
    choose: showChosen,
    keys: { h: () => hide(view.current), u: showAllAgain, f: flip, "/": () => search.focus() },
  };
  const picture = makePicture(document.getElementById(`${prefix}-graph`), view, model, on);

  function zoom(node, keepFocus = true) {
    picture.hideTip();
    if (view.tree.total[node] <= 0) return;
    view.focus = node;
    view.current = node;
    refresh(keepFocus);
    const { name, total, difference } = model.facts(view.tree, node);
    const out = isFiltered(filter) ? "Zoomed out; the filters stay." : "Everything is shown.";
    readout.textContent = node === 0 ? out : `Zoomed into ${name}: ${difference ?? total}.`;
  }

  function hide(node) {
    const { key, name } = view.tree.frames[node];
    if (node === 0 || key === null) {
      readout.textContent = node === 0 ? "Everything cannot be hidden." : "Merged frames cannot be hidden.";
      return;
    }
    filter.hidden.add(key);
    // Whoever called it is the next to look at.
    view.current = Math.max(0, view.tree.parent[node]);
    while (view.focus > 0 && isBelow(view.focus, key)) view.focus = view.tree.parent[view.focus];
    while (view.current > 0 && isBelow(view.current, key)) view.current = view.tree.parent[view.current];
    refilter(true);
    readout.textContent = `${name} is hidden everywhere, with ${inMicroseconds(view.tree.taken.get(key))}.`;
  }

  function isBelow(node, key) {
    for (let at = node; at > 0; at = view.tree.parent[at]) if (view.tree.frames[at].key === key) return true;
    return false;
  }

  function showAllAgain() {
    filter.hidden.clear();
    refilter(true);
    readout.textContent = "Nothing is hidden.";
  }

  function flip() {
    view.flipped = !view.flipped;
    refresh(false);
  }

  // After a change of what is weighed: new weights, and a focus that still has some.
  function refilter(keepFocus) {
    view.tree = model.weigh(filter);
    if (view.tree.total[view.focus] <= 0) view.focus = 0;
    refresh(keepFocus);
  }

  function refresh(keepFocus) {
    match();
    const hadFocus = block.contains(document.activeElement) && document.activeElement.closest(".flame-graph");
    picture.draw(Boolean(keepFocus && hadFocus));
    showFilters();
    showChosen(view.current);
    keepLinked(prefix, linkPairs(), isFollowing);
  }

  function match() {
    const pattern = patternOf(search.value);
    search.setAttribute("aria-invalid", String(pattern === null));
    view.matched = null;
    if (pattern === null) output.textContent = "not a valid pattern";
    else if (search.value === "") output.textContent = "";
    else {
      const { matched, weight } = findMatches(view.tree, matching(pattern));
      view.matched = matched;
      output.textContent = `${matched.size} ${matched.size === 1 ? "frame matches" : "frames match"}, ${inPercent(shareOf(weight, model.whole()))} of CPU`;
    }
  }

  function showFilters() {
    for (const key of keys) key.setAttribute("aria-pressed", String(filter.layers.has(key.dataset.layer)));
    part('[data-action="flip"]').setAttribute("aria-pressed", String(view.flipped));
    if (states) states.value = filter.state;
    const shown = part(".in-view");
    const weight = view.tree.total[0];
    shown.textContent = isFiltered(filter)
      ? `In view: ${inMicroseconds(weight)}, ${inPercent(shareOf(weight, model.whole()))} of CPU` +
        (filter.hidden.size > 0
          ? `; hidden from it: ${inMicroseconds(view.tree.hiddenWeight)}, ${inPercent(shareOf(view.tree.hiddenWeight, model.whole()))}.`
          : ".")
      : "";
    part(".hidden-frames").replaceChildren(...[...view.tree.taken].map(([key, taken]) => unhideButton(key, taken)));
  }

  function unhideButton(key, taken) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Show again: ${key}, ${inMicroseconds(taken)}`;
    button.addEventListener("click", () => {
      filter.hidden.delete(key);
      refilter(false);
      readout.textContent = `${key} is shown again.`;
      (part(".hidden-frames button") ?? search).focus();
    });
    return button;
  }

  function showChosen(node) {
    const frame = view.tree.frames[node];
    part(".chosen-name").textContent = frame.name;
    part(".chosen-sums").replaceChildren(
      ...[...model.sums(view.tree, node), sameName(frame)].filter(Boolean).map((text) => {
        const line = document.createElement("li");
        line.textContent = text;
        return line;
      }),
    );
    const source = part(".chosen-source");
    const place = document.createElement(frame.link ? "a" : "span");
    place.textContent = frame.where;
    if (frame.link) {
      place.href = frame.link;
      place.rel = "noreferrer noopener";
    }
    source.replaceChildren(place);
  }

  function sameName(frame) {
    if (frame.key === null) return "";
    const { matched, weight } = findMatches(view.tree, (other) => other.key === frame.key);
    return matched.size > 1 ? `in all ${matched.size} places: ${inMicroseconds(weight)}` : "";
  }

  function linkPairs() {
    const { label } = view.tree.frames[view.focus];
    return [
      ["zoom", view.focus > 0 ? `${view.focus}~${label}` : ""],
      ["search", search.value],
      ["layers", [...filter.layers].join(",")],
      ["state", filter.state],
      ["flame", view.flipped ? "1" : ""],
      ["width", model.width?.changed() ?? ""],
      ...[...filter.hidden].map((key) => ["hide", key]),
    ].filter(([, text]) => text !== "");
  }

  // What the address says; only what this picture has is taken from it. What it does not name is as at first.
  function follow(pairs) {
    const last = Object.fromEntries(pairs);
    const all = (name) => pairs.filter(([key]) => key === name).map(([, text]) => text);
    const present = new Set(keys.map((key) => key.dataset.layer));
    const hideable = new Set(view.tree.frames.map((frame) => frame.key));
    filter.layers = new Set((last.layers ?? "").split(",").filter((layer) => present.has(layer)));
    filter.state = states && [...states.options].some((option) => option.value === last.state) ? last.state : "";
    filter.hidden = new Set(all("hide").filter((key) => hideable.has(key)));
    search.value = last.search ?? "";
    view.flipped = last.flame === "1";
    model.width?.set(last.width ?? "");
    view.tree = model.weigh(filter);
    const linked = linkedNode(view.tree, last.zoom ?? "");
    view.focus = linked !== null && view.tree.total[linked] > 0 ? linked : 0;
    view.current = view.focus;
    refilter(false);
    if (last.zoom && view.focus === 0) readout.textContent = "The frame that the link names is not in this picture.";
    else if (view.focus > 0) readout.textContent = `Zoomed into ${view.tree.frames[view.focus].name}.`;
  }

  function followAddress() {
    isFollowing = true;
    follow(readLink(location.hash, prefix));
    isFollowing = false;
    if (firstLinked(location.hash) === prefix) block.scrollIntoView({ behavior: "instant" });
  }

  const onClick = (action, handler) => part(`[data-action="${action}"]`).addEventListener("click", handler);
  onClick("flip", flip);
  onClick("zoom", () => zoom(view.current));
  onClick("hide", () => hide(view.current));
  onClick("reset", () => {
    follow([]);
    readout.textContent = "Everything is shown.";
  });
  onClick("link", async () => {
    readout.textContent = (await copyAddress()) ? "The link is copied." : "The address bar holds the link.";
  });
  search.addEventListener("input", () => refresh(false));
  search.addEventListener("keydown", (event) => event.key === "Enter" && picture.moveTo(picture.nextMatch(1)));
  states?.addEventListener("change", () => {
    filter.state = states.value;
    refilter(false);
  });
  for (const key of keys) {
    key.addEventListener("click", () => {
      const layer = key.dataset.layer;
      if (!filter.layers.delete(layer)) filter.layers.add(layer);
      refilter(false);
    });
  }
  window.addEventListener("hashchange", () => location.hash.includes("=") && followAddress());
  followAddress();
  return { refilter, readout };
}

// The flame graph of one client.
function startFlameGraph(block) {
  const prefix = block.dataset.flame;
  const tree = unpackTree(JSON.parse(document.getElementById(`${prefix}-data`).textContent));
  startFlames(block, prefix, {
    weigh: (filter) => ({ ...tree, ...weighTree(tree, filter) }),
    whole: () => tree.whole.total[0],
    facts: frameFacts,
    paint(element, { frames }, node) {
      const layer = frames[node].layer;
      if (layer === SEVERAL) return;
      element.style.setProperty("--c", `var(--layer-${layer})`);
      element.style.setProperty("--ink", `var(--layer-${layer}-ink)`);
    },
    sums(weighed, node) {
      const { total, self, layer } = frameFacts(weighed, node);
      return [total, self, layer];
    },
  });
}
