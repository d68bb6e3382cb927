"""Scripts that reproduce findings with nothing but the client library: chosen, completed and run before they are handed out.

``scripts/`` holds them as they are run, each with an origin of its own, and ``origin.py``, which is put into each.
"""
