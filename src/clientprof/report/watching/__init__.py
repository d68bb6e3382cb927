"""What a piece of code cost, as text: of a block, and by test."""
