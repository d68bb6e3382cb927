// Differential flame graph, the part with a screen: frames coloured by tone, and the switch of widths.

function startDifference(block) {
  const prefix = block.dataset.difference;
  const tree = unpackDifference(JSON.parse(document.getElementById(`${prefix}-data`).textContent));
  const buttons = [...block.querySelectorAll("[data-width]")];
  let arm = "candidate";
  const wholes = weighDifference(tree, NO_FILTER, arm).arms;

  function setWidth(name) {
    arm = ARMS.includes(name) ? name : "candidate";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.width === arm));
  }

  const flames = startFlames(block, prefix, {
    weigh: (filter) => weighDifference(tree, filter, arm),
    whole: () => wholes[arm].total[0],
    facts: differenceFacts,
    paint(element, { tone }, node) {
      element.dataset.tone = tone[node];
      element.style.setProperty("--c", `var(--tone-${tone[node]})`);
      element.style.setProperty("--ink", `var(--tone-${tone[node]}-ink)`);
    },
    sums(weighed, node) {
      const { name, where, link, ...said } = differenceFacts(weighed, node);
      return Object.values(said);
    },
    width: { set: setWidth, changed: () => (arm === "candidate" ? "" : arm) },
  });
  for (const button of buttons) {
    button.addEventListener("click", () => {
      setWidth(button.dataset.width);
      flames.refilter(false);
      flames.readout.textContent = `Width is the cost in ${tree.names[arm]}.`;
    });
  }
}
