"""The files and folders that commands leave."""
