"""ministack, an AWS that nobody here wrote, in a network of its own: left to itself it listens on every interface.

A socket stays in the network in which it was made, whoever accepts on it. So one is made on loopback here and handed
into the namespace, where a relay accepts on it and speaks with ministack. Nothing else leads in or out. Whatever was
begun in the namespace ends with the relay, its first process, which ends with the test.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any
from urllib.request import urlopen

import boto3

from fa2.core.deadlines import Deadline
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.permissions import Ground

REGION = "ap-northeast-1"
_PROGRAM = Path(sys.prefix, "ministack", "bin", "ministack")
_APART = ("unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child")
_INSIDE = ("127.0.0.1", 4566)
_PATIENCE_S = 30


class Ministack:
    """A running server. Each account begins empty, so a test that takes one of its own meets no other."""

    def __init__(self, url: str) -> None:
        self.url = url

    def client(self, service: str, account: str, region: str = REGION) -> Any:
        """Return a plain boto3 client, for what a test puts there."""
        return _session(account).client(service, region_name=region, endpoint_url=self.url)

    def account(self, account: str, deadline: Deadline | None = None) -> Account:
        """Return an account as sources see it, under a deadline of 20 seconds unless another is given."""
        ground = Ground(account, REGION)
        return Account(
            _session(account), ground, deadline=deadline or Deadline(20), calls=Calls(), endpoint_url=self.url
        )


def _session(account: str) -> boto3.Session:
    return boto3.Session(aws_access_key_id=account, aws_secret_access_key="secret")  # noqa: S106  # ministack takes any


def why_not() -> str | None:
    """Return what is missing here to run ministack, for the reason of a skip; null if nothing is."""
    if not _PROGRAM.exists():
        return "`make ministack` installs it"
    if not all(map(shutil.which, ("unshare", "ip"))):
        return "ministack needs a network of its own: unshare of util-linux and ip of iproute2 are not installed"
    tried = subprocess.run([*_APART, "ip", "link", "set", "lo", "up"], capture_output=True, text=True, check=False)
    return f"no network namespace is to be had here: {tried.stderr.strip()}" if tried.returncode else None


@contextmanager
def running() -> Iterator[Ministack]:
    """Run ministack while the block lasts. Raises RuntimeError, with what it wrote last, when it does not come up."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as home, socket.create_server(("127.0.0.1", 0)) as listener:
        told = Path(home, "output")
        with told.open("wb") as output, _relay(listener, home, output) as process:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            try:
                _wait(process, url, told)
                yield Ministack(url)
            finally:
                process.kill()


def _relay(listener: socket.socket, home: str, output: Any) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": home,
        "HOME": home,
        "LOG_LEVEL": "WARNING",
        "AUTH": "true",  # it minds signatures, trust and policies; an account's own number as its key may do everything
    }
    fd = listener.fileno()
    return subprocess.Popen(
        [*_APART, sys.executable, __file__, str(fd)],
        env=environment,
        stdin=subprocess.PIPE,  # closes when the test is gone, however it went
        stdout=output,
        stderr=output,
        pass_fds=[fd],
    )


def _wait(process: subprocess.Popen[bytes], url: str, told: Path) -> None:
    last = monotonic() + _PATIENCE_S
    while monotonic() < last and process.poll() is None:
        with suppress(OSError), urlopen(f"{url}/_ministack/health", timeout=_PATIENCE_S) as answer:  # noqa: S310
            if answer.status == 200:
                return
        sleep(0.05)
    raise RuntimeError(f"ministack did not come up: {told.read_text(errors='replace')[-2000:]}")


async def _serve(fd: int) -> None:
    """Have ministack run and pass on what comes in on a socket, until stdin closes. Runs in the namespace."""
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), os._exit, 0)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    server = await asyncio.create_subprocess_exec(_PROGRAM, stdin=asyncio.subprocess.DEVNULL)
    while server.returncode is None:
        with suppress(OSError), socket.create_connection(_INSIDE, timeout=1):
            break
        await asyncio.sleep(0.02)
    async with await asyncio.start_server(_passed_on, sock=socket.socket(fileno=fd)):
        await server.wait()


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    inner_reader, inner_writer = await asyncio.open_connection(*_INSIDE)
    await asyncio.gather(_copied(reader, inner_writer), _copied(inner_reader, writer))


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(1 << 16):
            writer.write(chunk)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
