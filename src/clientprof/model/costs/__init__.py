"""What a client or a program spends beyond its layers: memory, TLS, and the stretches that a program watches."""
