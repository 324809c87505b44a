"""Messages over real sockets: what is accepted counts, what is refused is said without a secret."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from orchestration.message_delivery import Attachment, DeliveryError, Mail, post_webhook, send_mail
from tests.orchestration.smtp_sink import smtp_sink
from tests.orchestration.webhook_server import webhook_server

MAIL = Mail("Ada One", "ada@example.org", "Two\nfindings", "Größe\n", "es", (Attachment("a.csv", "a,b\n", "csv"),))


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a server on loopback with its own certificate, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    client = ssl.create_default_context(cadata=built.public_bytes(serialization.Encoding.PEM).decode())
    return server, client


def test_a_mail_arrives_with_its_attachment_and_on_one_line_of_subject() -> None:
    with smtp_sink() as sink:
        send_mail(f"smtp://127.0.0.1:{sink.port}", "stocktake@example.org", MAIL)
    (mail,) = sink.mails
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "Ada One <ada@example.org>",
        "stocktake@example.org",
        "Two findings",
    )
    assert mail["Content-Language"] == "es"
    body, attached = mail.iter_parts()
    assert body.get_content().strip() == "Größe"
    assert attached.get_filename() == "a.csv"


def test_starttls_is_used_where_it_is_offered_and_the_certificate_is_judged(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    with smtp_sink(server) as sink:
        send_mail(f"smtp://127.0.0.1:{sink.port}", "stocktake@example.org", MAIL, client)
        assert sink.encrypted == [True]
        with pytest.raises(DeliveryError, match="SSLCertVerificationError"):
            send_mail(f"smtp://127.0.0.1:{sink.port}", "stocktake@example.org", MAIL)
    assert len(sink.mails) == 1


def test_a_mail_that_is_refused_is_not_taken_for_sent_and_the_password_is_not_told() -> None:
    with smtp_sink() as sink:
        sink.refuses = True
        with pytest.raises(DeliveryError, match="did not take") as refused:
            send_mail(f"smtp://127.0.0.1:{sink.port}", "stocktake@example.org", MAIL)
        with pytest.raises(DeliveryError) as failed:
            send_mail(f"smtp://user:hunter2@127.0.0.1:{sink.port}", "stocktake@example.org", MAIL)
    assert sink.mails == []
    assert "hunter2" not in str(failed.value) + str(refused.value)


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://"])
def test_an_address_that_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(DeliveryError, match="STOCKTAKE_SMTP_URL must be"):
        send_mail(url, "stocktake@example.org", MAIL)


def test_a_webhook_is_posted_json_and_only_success_counts() -> None:
    with webhook_server() as hook:
        post_webhook(hook.url, {"text": "hello"})
        assert hook.messages == [{"text": "hello"}]
        for status in (302, 404, 500):
            hook.status = status
            with pytest.raises(DeliveryError, match=f"status {status}") as failed:
                post_webhook(hook.url, {"text": "hello"})
            assert "secret-token" not in str(failed.value)
    assert len(hook.messages) == 1
    with pytest.raises(DeliveryError, match="did not answer"):
        post_webhook(hook.url, {"text": "hello"})


@pytest.mark.parametrize("url", ["http://chat.example.org/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "nonsense"])
def test_a_webhook_elsewhere_must_be_https(url: str) -> None:
    with pytest.raises(DeliveryError, match="must begin with https"):
        post_webhook(url, {})
