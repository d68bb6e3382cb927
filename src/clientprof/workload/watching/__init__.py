"""The instruments of a process that watches itself, and the blocks that share them."""
