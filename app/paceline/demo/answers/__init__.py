"""What simulated devices print, one module per platform. Pure: same device, same moment, same text."""
