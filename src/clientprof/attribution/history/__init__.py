"""Results of many recordings: trends and where they change."""
