"""A server's side of TLS 1.2 as it was before RFC 5746: no extension at all. OpenSSL can't be told to be so old."""

import hashlib
import hmac
import os
import socket
import struct

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding

from tests.certificates import Issued

_CHANGE, _HANDSHAKE, _DATA = 20, 22, 23
_RSA_AES_128_GCM_SHA256 = 0x009C


class OldConnection:
    """One connection, after its handshake. Raises ValueError where the client breaks it off."""

    def __init__(self, sock: socket.socket, issued: Issued) -> None:
        self._file = sock.makefile("rwb")
        self._read_key = self._write_key = None
        hello = self._message()
        own_random = os.urandom(32)
        answer = self._framed(
            2, b"\x03\x03" + own_random + b"\x00" + struct.pack(">H", _RSA_AES_128_GCM_SHA256) + b"\x00"
        )
        certificate = issued.certificate.public_bytes(Encoding.DER)
        one = len(certificate).to_bytes(3, "big") + certificate
        answer += self._framed(11, len(one).to_bytes(3, "big") + one) + self._framed(14, b"")
        self._send(_HANDSHAKE, answer)
        exchange = self._message()
        secret = issued.key.decrypt(exchange[6:], padding.PKCS1v15())
        randoms = hello[6:38] + own_random
        master = _prf(secret, b"master secret" + randoms, 48)
        block = _prf(master, b"key expansion" + own_random + hello[6:38], 40)
        if self._record()[0] != _CHANGE:
            raise ValueError("no change of the cipher")
        self._read_key = _Key(block[:16], block[32:36])
        seen = hello + answer + exchange
        finished = self._message()
        if finished[4:] != _prf(master, b"client finished" + hashlib.sha256(seen).digest(), 12):
            raise ValueError("the client saw something else")
        self._send(_CHANGE, b"\x01")
        self._write_key = _Key(block[16:32], block[36:40])
        proof = _prf(master, b"server finished" + hashlib.sha256(seen + finished).digest(), 12)
        self._send(_HANDSHAKE, self._framed(20, proof))

    def receive(self) -> bytes:
        return self._record()[1]

    def send(self, data: bytes) -> None:
        self._send(_DATA, data)

    def _framed(self, kind: int, body: bytes) -> bytes:
        return bytes([kind]) + len(body).to_bytes(3, "big") + body

    def _message(self) -> bytes:
        kind, body = self._record()
        if kind != _HANDSHAKE:
            raise ValueError(f"record of kind {kind}: {body.hex()}")
        return body

    def _record(self) -> tuple[int, bytes]:
        head = self._file.read(5)
        if len(head) < 5:
            raise ValueError("the client went away")
        body = self._file.read(int.from_bytes(head[3:], "big"))
        return head[0], self._read_key.open(head[0], body) if self._read_key else body

    def _send(self, kind: int, body: bytes) -> None:
        if self._write_key:
            body = self._write_key.seal(kind, body)
        self._file.write(bytes([kind]) + b"\x03\x03" + struct.pack(">H", len(body)) + body)
        self._file.flush()


class _Key:
    """RFC 5288: AES-GCM, a nonce of four hidden and eight sent bytes."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self.cipher, self.salt, self.count = AESGCM(key), salt, 0

    def _extra(self, kind: int, length: int) -> bytes:
        number = struct.pack(">Q", self.count)
        self.count += 1
        return number + bytes([kind]) + b"\x03\x03" + struct.pack(">H", length)

    def open(self, kind: int, body: bytes) -> bytes:
        return self.cipher.decrypt(self.salt + body[:8], body[8:], self._extra(kind, len(body) - 24))

    def seal(self, kind: int, body: bytes) -> bytes:
        nonce = struct.pack(">Q", self.count)
        return nonce + self.cipher.encrypt(self.salt + nonce, body, self._extra(kind, len(body)))


def _prf(secret: bytes, seed: bytes, length: int) -> bytes:
    """RFC 5246 section 5."""
    found, step = b"", seed
    while len(found) < length:
        step = hmac.digest(secret, step, "sha256")
        found += hmac.digest(secret, step + seed, "sha256")
    return found[:length]
