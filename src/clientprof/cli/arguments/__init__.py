"""What several commands ask of the user, and what they see to before measuring."""
