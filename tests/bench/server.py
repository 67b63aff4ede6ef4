"""An SSH server of our own, for many devices at once: exec channels, and a prompt like FRR's."""

import asyncio
import socket
import sys
from pathlib import Path

import asyncssh

PROMPT = b"lab-router# "
QUIET = ("terminal length 0", "terminal width 511", "")


def answer(command: str) -> bytes:
    """A few lines, as many as a command's name is long."""
    return b"" if command in QUIET else b"".join(b"%s line %d\n" % (command.encode(), n) for n in range(len(command)))


async def serve_channel(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Answer one exec command, or a shell until it says exit."""
    if process.command is not None:
        process.stdout.write(answer(process.command))
        process.exit(0)
        return
    process.stdout.write(b"\r\nHello, this is a test router.\r\n\r\n" + PROMPT)
    while line := await process.stdin.readline():
        command = line.decode().strip()
        if command == "exit":
            break
        reply = answer(command).replace(b"\n", b"\r\n")
        process.stdout.write(line.strip() + b"\r\n" + reply + PROMPT)
    process.exit(0)


def loopback_socket() -> socket.socket:
    """A socket on every loopback address and no other: bound to the interface (Linux 5.7 needs no privilege for it)."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    listening.bind(("0.0.0.0", 0))
    return listening


async def serve(folder: Path) -> None:
    """Serve until the process ends; the port goes to the file `port`."""
    listening = loopback_socket()
    server = await asyncssh.listen(
        sock=listening,
        backlog=2048,
        server_host_keys=[str(folder / "host_key")],
        authorized_client_keys=str(folder / "client_key.pub"),
        process_factory=serve_channel,
        encoding=None,
        line_editor=False,
    )
    (folder / "port").write_text(str(listening.getsockname()[1]))
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
