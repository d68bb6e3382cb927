"""clientprof in IPython and Jupyter: ``%load_ext clientprof``."""
