"""A finding to be attached to an issue: Markdown, pictures, and the rules that hosts of issues set."""
