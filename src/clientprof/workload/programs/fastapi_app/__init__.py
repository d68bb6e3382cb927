"""A FastAPI service as the measured program: the app in a process of its own, and what drives it."""
