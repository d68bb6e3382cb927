"""Loops and threads of a program: how busy they were, who held them, and whether it computed."""
