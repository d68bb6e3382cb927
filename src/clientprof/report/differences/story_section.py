"""A named scenario's story: the paragraph, the table, what follows from it."""

from clientprof.model.estimate import shown_unit
from clientprof.model.results import TraceResult
from clientprof.model.story import StoryColumn
from clientprof.report.writing.figures import ABSENT, decimal
from clientprof.report.writing.markup import Column, Html, join, prose, table, tag


def story_section(result: TraceResult) -> Html | None:
    """The scenario's own table, where the result is of a named scenario."""
    story = result.story
    if story is None:
        return None
    columns = [
        Column(""),
        *(
            Column(f"{column.title}, {shown_unit(column.unit)}" if column.unit else column.title, numeric=True)
            for column in story.columns
        ),
    ]
    rows = [
        [row.name, *(story_figure(value, column) for value, column in zip(row.values, story.columns, strict=True))]
        for row in story.rows
    ]
    remarks = tag("ul", join(tag("li", prose(remark)) for remark in story.remarks)) if story.remarks else None
    return join((tag("p", prose(story.text)), table(f"Scenario {story.name}", columns, rows), remarks))


def story_figure(value: float | None, column: StoryColumn) -> str:
    """A value of the column without its unit, which the heading has; ratios with their times sign."""
    if value is None:
        return ABSENT
    text = decimal(value, column.places)
    return f"{text}x" if column.title.startswith("x ") else text
