"""The conserved account of requests' time: by phase and state, in time, and off the CPU."""
