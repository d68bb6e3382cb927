"""Arms of a comparison side by side: verdicts, where they differ, conditions."""
