"""Where clients can be observed, as far as several adapters share it; and the same in the installed version."""
