"""Bodies that go piece by piece: what a program asks for, and what it sends."""
