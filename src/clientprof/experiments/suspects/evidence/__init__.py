"""What suspects read in a profile, and who answers for which function."""
