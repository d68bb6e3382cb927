"""What the server says of itself: stamps in each response, counters, the journal that the parent reads."""
