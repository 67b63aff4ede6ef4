"""What is kept: the journal and the output files."""
