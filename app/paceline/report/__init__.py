"""What becomes of outputs: export."""
