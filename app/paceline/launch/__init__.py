"""From a preset, an inventory and the settings to a frozen job, whichever face starts it."""
