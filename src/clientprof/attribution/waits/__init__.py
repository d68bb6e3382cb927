"""Time without computing: what tasks waited in, and what blocked the thread."""
