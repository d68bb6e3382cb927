"""Views of a history: trends over versions, days or Pythons, and where they change."""
