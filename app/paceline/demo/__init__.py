"""A simulated fleet in a process of its own: real SSH servers on loopback, with faults."""
