"""How costs grow with n."""
