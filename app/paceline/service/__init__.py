"""The engine in a process of its own, behind HTTP on a Unix socket: routes, the client, and the daemon that serves."""
