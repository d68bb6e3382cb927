"""What a program does while it is measured, read from the files that its processes write."""
