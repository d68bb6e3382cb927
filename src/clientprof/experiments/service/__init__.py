"""The FastAPI service experiment: its plan and its run."""
