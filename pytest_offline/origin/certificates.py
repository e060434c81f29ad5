"""Certificates for origins over https: an authority and a key of this session, made when needed.

Chromium is told the digest of the key when it starts (``pin``), and trusts what proves to hold that
key, whatever the name, and nothing else (``--ignore-certificate-errors-spki-list``). That switch
looks at every certificate of a chain, whoever holds its key, so the authority's is not the one that
is pinned. Importing takes most of the 45 ms that a pin costs: it is left to whoever asks for one.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import os
import ssl
import tempfile
from collections.abc import Generator
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, cast, get_args

from pytest_offline.errors import UsageError

if TYPE_CHECKING:
    import trustme
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

Certificate = Literal["trusted", "expired", "stranger"]
"""``trusted``: valid, for exactly that host. ``expired``: by the same authority, and it ran out
yesterday. ``stranger``: valid, by an authority that nobody knows."""

_DAY: Final = datetime.timedelta(days=1)
_LIFE: Final = datetime.timedelta(days=90)


def checked(certificate: str, https: bool) -> Certificate:
    """The kind of certificate asked for.

    Raises:
        UsageError: there is no such kind, or none is used without https.
    """
    if certificate not in get_args(Certificate):
        raise UsageError(
            f"certificate={certificate!r}: there is no such kind; choose from: "
            f"{', '.join(get_args(Certificate))}."
        )
    if certificate != "trusted" and not https:
        raise UsageError(f"certificate={certificate!r} says nothing without https=True: add it.")
    return cast("Certificate", certificate)


class Certificates:
    """What the origins of one session prove themselves with; nothing is made before it is used.

    You get it from the fixture ``origin_certificates``.
    """

    @cached_property
    def pin(self) -> str:
        """The SHA-256 of the key's SubjectPublicKeyInfo in base64, as Chromium takes it."""
        from cryptography.hazmat.primitives import serialization

        spki = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(hashlib.sha256(spki).digest()).decode("ascii")

    @property
    def authority(self) -> str:
        """The authority's certificate as PEM, for clients of a test that are no browser::

        ssl.create_default_context(cadata=origin_certificates.authority)
        """
        return self._authority.cert_pem.bytes().decode("ascii")

    def context(self, host: str, certificate: Certificate = "trusted") -> ssl.SSLContext:
        """A server's context with a new certificate for exactly one host."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        with _file(self._pem(host, certificate)) as path:
            context.load_cert_chain(path)
        return context

    @cached_property
    def _key(self) -> EllipticCurvePrivateKey:
        from cryptography.hazmat.primitives.asymmetric import ec

        return ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def _authority(self) -> trustme.CA:
        return _authority("pytest-offline, of one session")

    def _pem(self, host: str, certificate: Certificate) -> bytes:
        if certificate == "trusted":
            return self._issued(host)
        # A key of their own, for what holds the pinned one is trusted with any date and issuer.
        known = certificate == "expired"
        authority = self._authority if known else _authority("nobody knows this one")
        import trustme

        now = datetime.datetime.now(datetime.timezone.utc)
        leaf = authority.issue_cert(
            host,
            not_before=now - (_LIFE if known else _DAY),
            not_after=now + (-_DAY if known else _LIFE),
            key_type=trustme.KeyType.ECDSA,
        )
        return leaf.private_key_and_cert_chain_pem.bytes()

    def _issued(self, host: str) -> bytes:
        """A key and a certificate that trustme cannot issue: of a key that is there already."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization

        parent = x509.load_pem_x509_certificate(self._authority.cert_pem.bytes())
        signing = serialization.load_pem_private_key(
            self._authority.private_key_pem.bytes(), password=None
        )
        now = datetime.datetime.now(datetime.timezone.utc)
        serverauth = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
        parent_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(parent.public_key())  # type: ignore[arg-type]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host[:64])]))
            .issuer_name(parent.subject)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + _LIFE)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(parent_id, critical=False)
            .add_extension(serverauth, critical=False)
            .sign(signing, hashes.SHA256())  # type: ignore[arg-type]
        )
        pem = serialization.Encoding.PEM
        key = self._key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key + certificate.public_bytes(pem)


def _authority(name: str) -> trustme.CA:
    import trustme

    return trustme.CA(organization_name=name, key_type=trustme.KeyType.ECDSA)


@contextlib.contextmanager
def _file(pem: bytes) -> Generator[str]:
    """A file that only this user can read, for the moment in which OpenSSL reads it."""
    handle, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        yield path
    finally:
        os.unlink(path)  # noqa: PTH108
