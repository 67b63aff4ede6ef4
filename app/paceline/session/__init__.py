"""The conversation with one device; the only place, beside demo, that imports asyncssh."""
