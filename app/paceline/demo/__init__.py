"""A simulated fleet: real SSH servers on loopback, with faults."""
