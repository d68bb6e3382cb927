"""The page of a trace."""

from clientprof.model.results import TraceResult
from clientprof.report.pages.document import absent, document
from clientprof.report.sections.trace import SECTIONS
from clientprof.report.writing.markup import Html


def render(result: TraceResult) -> str:
    """The whole page for one result. It asks nothing of the network and runs no script but its own."""
    rendered = {name: Html(text) for name, section in SECTIONS.items() if (text := section.render(result)) is not None}
    titles = {name: SECTIONS[name].title for name in rendered}
    return document(result.title, result.created, result.seed, titles, rendered, _absent(rendered), result.files)


def _absent(rendered: dict[str, Html]) -> Html | None:
    return absent([section for name, section in SECTIONS.items() if name not in {*rendered, "story"}])
