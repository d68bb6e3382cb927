"""How anything is written: figures, escaping, HTML, colours, links, names; used by every view."""
