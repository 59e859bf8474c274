"""What tools/generate is made of."""
