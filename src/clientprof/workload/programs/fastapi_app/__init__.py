"""A FastAPI service as a program that knows nothing of clientprof (``service.py``), and what drives it."""
