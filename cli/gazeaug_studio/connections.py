"""Connections that do not wait for ever: uvicorn itself has no limit for a request that does not come."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0


class Connection(H11Protocol):
    """A connection that is closed when no whole head of a request comes in `HEAD_S` to twice that."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to watch."""
        super().connection_made(transport)
        self.loop.call_later(HEAD_S, self.watch, self.cycle)

    def watch(self, before: Any) -> None:
        """Close the connection if it has waited for the same request all the time; look again later if not.

        Args:
            before: the last request at the last look, None before the first one.
        """
        if self.transport.is_closing():
            return
        if self.conn.their_state is h11.IDLE and self.cycle is before:
            self.transport.close()
        else:
            self.loop.call_later(HEAD_S, self.watch, self.cycle)
