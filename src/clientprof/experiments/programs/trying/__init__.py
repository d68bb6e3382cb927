"""What if: a program repeated with a suspect's change, beside itself without any."""
