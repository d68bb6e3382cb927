"""axe-core's rules of WCAG 2.2, levels A and AA, run over a page in the browser."""

from importlib.resources import files

from playwright.sync_api import Page

LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_SCRIPT = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_RUN = """async levels => {
    const options = {runOnly: {type: 'tag', values: levels}, resultTypes: ['violations'], preload: false};
    const found = await axe.run(document, options);
    return {
        passed: found.passes.length,
        violations: found.violations.flatMap(rule => rule.nodes.map(node =>
            `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\\s+/g, ' ')}`)),
    };
}"""


def violations(page: Page) -> list[str]:
    """One line for each element that breaks a rule, as the page stands now.

    Raises:
        AssertionError: hardly a rule was applied, so that an empty list would say nothing.
    """
    page.evaluate(_SCRIPT)  # not as an element: the page's policy runs no script but its own
    found = page.evaluate(_RUN, list(LEVELS))
    assert found["passed"] >= 10, f"only {found['passed']} rules had anything to look at"
    lines: list[str] = found["violations"]
    return lines
