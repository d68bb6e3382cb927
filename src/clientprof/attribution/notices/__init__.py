"""What the reader must know before believing a measurement."""
