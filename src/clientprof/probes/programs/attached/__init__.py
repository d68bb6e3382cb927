"""Instruments that go into what runs already, and come out again while it goes on."""
