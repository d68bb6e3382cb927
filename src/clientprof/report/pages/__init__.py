"""The pages: one frame, and the sections that each kind of result has."""
