"""What exact counts are: of one client, of a function, of two clients side by side."""
