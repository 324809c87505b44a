"""A mail server on loopback that keeps what it is sent, with or without STARTTLS, and can refuse."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class SmtpSink:
    tls: ssl.SSLContext | None = None
    refuses: bool = False
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        encrypted = False

        def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")

        say("220 sink")
        while line := (await reader.readline()).decode().strip():
            match line.split(" ")[0].upper():
                case "EHLO":
                    say("250-sink" if self.tls and not encrypted else "250 sink")
                    if self.tls and not encrypted:
                        say("250 STARTTLS")
                case "STARTTLS":
                    say("220 go ahead")
                    await writer.drain()
                    await writer.start_tls(self.tls)
                    encrypted = True
                case "RCPT" if self.refuses:
                    say("451 not now")
                case "DATA":
                    say("354 go ahead")
                    await writer.drain()
                    content = await reader.readuntil(b"\r\n.\r\n")
                    self.mails.append(message_from_bytes(content[:-3], policy=policy.default))
                    self.encrypted.append(encrypted)
                    say("250 taken")
                case "QUIT":
                    say("221 bye")
                    break
                case _:
                    say("250 ok")
        writer.close()


@contextmanager
def smtp_sink(tls: ssl.SSLContext | None = None) -> Iterator[SmtpSink]:
    sink, loop = SmtpSink(tls), asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(sink.talk, "127.0.0.1", 0))
    sink.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
