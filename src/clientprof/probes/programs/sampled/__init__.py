"""Samples of a program: of its main thread by a timer, of all others by a thread that looks at them."""
