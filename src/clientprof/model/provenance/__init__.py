"""Where what was measured comes from: its interpreter, its sources, and where they can be read."""
