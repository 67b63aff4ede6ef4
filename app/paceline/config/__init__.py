"""Files into models: settings, presets, platforms, themes, and where they live."""
