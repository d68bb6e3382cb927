"""What memory is allocated for: traced blocks by the stack that asked for them, resident pages, and a process at rest."""
