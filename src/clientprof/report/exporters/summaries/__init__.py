"""Results as JSON for programs: ``summary.json`` of every kind, and what other documents take from it."""
