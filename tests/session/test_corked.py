"""What Paceline touches of asyncssh's inside is still as it was measured."""

import asyncio
import inspect
import logging

import asyncssh
import pytest
from asyncssh.logging import SSHLogger

from paceline.session.corked import CorkedConnection


def test_the_methods_that_are_overridden_exist() -> None:
    for name in ("log_sent_packet", "log_received_packet", "connection_made"):
        assert callable(getattr(asyncssh.SSHClientConnection, name))
    assert "self._logger = logger.get_child" in inspect.getsource(asyncssh.connection.SSHConnection.__init__)
    assert "type(self)(" in inspect.getsource(SSHLogger.get_child)


async def test_a_connection_logs_only_where_someone_listens(caplog: pytest.LogCaptureFixture) -> None:
    options = asyncssh.SSHClientConnectionOptions(username="u", known_hosts=None)
    connection = CorkedConnection(asyncio.get_running_loop(), options)
    with caplog.at_level(logging.WARNING, "asyncssh"):
        connection.logger.info("nobody listens to %s", b"this")
        connection.logger.get_child("child").debug1("nor to %s", b"this")
        assert not caplog.records
        connection.logger.get_child("child").warning("but to %s", b"that")
    assert "but to that" in caplog.text
