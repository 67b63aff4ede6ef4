"""One reader per inventory format, one result: devices and problems."""
