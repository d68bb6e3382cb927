"""Known slow-downs planted into real clients: what the plants cost is counted by themselves and by none of the probes."""
