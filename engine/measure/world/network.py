"""No address but this machine: names lead to the loopback server, other services are refused and named."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import importlib
import os
import socket
import ssl
import struct
import sys
import threading
from typing import Any

from .counting import counts
from .hooks import replace

#: Ports of services that are no web servers.
_SERVICES = {
    21: "FTP", 22: "SSH", 25: "SMTP", 143: "IMAP", 465: "SMTP", 587: "SMTP", 993: "IMAP", 1433: "SQL Server",
    3306: "MySQL", 5432: "PostgreSQL", 5672: "RabbitMQ", 6379: "Redis", 9042: "Cassandra", 11211: "memcached",
    27017: "MongoDB",
}  # fmt: skip
_HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::")
_NAMESPACES = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET of linux/sched.h

#: ``host:port`` and what is mostly there, of every service that the program asked for and that there is not.
refused: dict[str, str] = {}
_server_port = [0]
_names: dict[str, str] = {}

_getaddrinfo, _connect, _connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex


def isolate() -> bool:
    """Leave the network for an empty one, where the system lets a program do so (Linux with user namespaces).

    Raises nothing: without it, `install` still keeps what Python connects to on this machine.
    """
    if not sys.platform.startswith("linux") or threading.active_count() > 1:
        return False
    user, group = os.getuid(), os.getgid()
    try:
        if ctypes.CDLL(None, use_errno=True).unshare(_NAMESPACES):
            return False
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        _raise_loopback()
    except (OSError, AttributeError):
        return False
    return True


def _raise_loopback() -> None:
    """What ``ip link set lo up`` does; constants of linux/sockios.h and linux/if.h."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 0x1 | 0x40))


def _is_here(host: str) -> bool:
    return host in _HERE or host.startswith("127.")


def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
    """In the place of `socket.getaddrinfo`: each name gets an address of the block for benchmarks (RFC 2544)."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name == "" or _is_here(name):
        return _getaddrinfo(host, port, socket.AF_INET if family == 0 and name else family, type, proto, flags)
    try:
        number = int(port or 0)
    except ValueError:
        number = {"https": 443, "http": 80}.get(port, 0)
    if name not in _names.values():
        _names[f"198.18.{len(_names) // 250}.{len(_names) % 250 + 1}"] = name
    address = next(address for address, known in _names.items() if known == name)
    return [(socket.AF_INET, type or socket.SOCK_STREAM, proto or 6, "", (address, number))]


def _target(self: socket.socket, address: Any) -> Any:
    """Where a connection goes instead.

    Raises:
        ConnectionRefusedError: nowhere.
    """
    if not isinstance(address, tuple):
        return address
    host, port = str(address[0]), int(address[1])
    if _is_here(host):
        if port in _SERVICES and self.gettimeout() == 0:  # a loop would learn of it later
            with socket.socket(self.family, socket.SOCK_STREAM) as probe:
                _connect(probe, address)
        return address
    if self.type & socket.SOCK_STREAM and port not in _SERVICES and self.family == socket.AF_INET:
        counts.add("HTTP connections", blocks=self.gettimeout() != 0)
        return ("127.0.0.1", _server_port[0])
    _note(_names.get(host, host), port)
    raise ConnectionRefusedError(errno.ECONNREFUSED, "no network while measuring")


def _note(host: str, port: int) -> None:
    refused[f"{host}:{port}"] = _SERVICES.get(port, "")


def connect(self: socket.socket, address: Any) -> None:
    """In the place of `socket.socket.connect`."""
    try:
        _connect(self, _target(self, address))
    except ConnectionRefusedError:
        if isinstance(address, tuple) and _is_here(str(address[0])):
            _note(str(address[0]), int(address[1]))
        raise


def connect_ex(self: socket.socket, address: Any) -> int:
    """In the place of `socket.socket.connect_ex`."""
    try:
        return _connect_ex(self, _target(self, address))
    except ConnectionRefusedError:
        return errno.ECONNREFUSED


def _trusting(name: str) -> None:
    """Let a method of contexts take the server's certificate, whose authority nobody knows."""
    method = getattr(ssl.SSLContext, name)

    def wrap(self: ssl.SSLContext, *arguments: Any, **named: Any) -> Any:
        if not named.get("server_side") and not (name == "wrap_bio" and len(arguments) > 2 and arguments[2]):
            self.check_hostname = False
            self.verify_mode = ssl.CERT_NONE
        return method(self, *arguments, **named)

    replace(ssl.SSLContext, **{name: wrap})


def install(server_port: int) -> None:
    """Keep the program on this machine from now on."""
    _server_port[0] = server_port
    replace(socket, getaddrinfo=getaddrinfo, gethostbyname=lambda name: getaddrinfo(name, 0)[0][4][0])
    replace(socket.socket, connect=connect, connect_ex=connect_ex)
    for name in ("wrap_socket", "wrap_bio"):
        _trusting(name)
    with contextlib.suppress(ImportError):  # its connections pass Python by
        uvloop = importlib.import_module("uvloop")
        replace(uvloop, install=lambda: None, new_event_loop=asyncio.new_event_loop, run=asyncio.run)
        replace(uvloop, EventLoopPolicy=asyncio.DefaultEventLoopPolicy)
