"""Split a bundle of root certificates into a directory, of which OpenSSL reads only the file it needs.

`python roots.py BUNDLE DIRECTORY` does the same as `openssl rehash`, which is missing on some build machines.
https://docs.openssl.org/3.0/man1/openssl-rehash/
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from ssl import DER_cert_to_PEM_cert, PEM_cert_to_DER_cert

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"

# Tags of ASN.1 (X.690), and the encodings of the string types.
UTF8_STRING, SEQUENCE, SET, VERSION = 0x0C, 0x30, 0x31, 0xA0
STRINGS = {
    UTF8_STRING: "utf-8",
    0x13: "latin-1",  # PrintableString
    0x14: "latin-1",  # T61String, as OpenSSL reads it
    0x16: "latin-1",  # IA5String
    0x1A: "latin-1",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}
_SPACES = " \t\n\v\f\r"


def subject_hash(certificate: bytes) -> str:
    """Return the file name by which OpenSSL finds a certificate (DER): X509_NAME_hash of its subject.

    The hash covers a canonical form: every string as UTF-8, in lower case, its spaces collapsed.
    https://docs.openssl.org/3.0/man3/X509_NAME_hash/
    """
    [(_, signed, _)] = [*_elements(certificate)]
    (_, body, _), *_ = _elements(signed)
    fields = [field for field in _elements(body) if field[0] != VERSION]
    _, subject, _ = fields[4]  # after serial number, algorithm, issuer and validity
    names = []
    for _, relative_name, _ in _elements(subject):
        parts = []
        for _, part, _ in _elements(relative_name):
            (_, _, kind), value = _elements(part)
            parts.append(_element(SEQUENCE, kind + _canonical(*value)))
        names.append(_element(SET, b"".join(sorted(parts))))
    digest = hashlib.sha1(b"".join(names), usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


def write_directory(bundle: str, directory: Path) -> None:
    """Write each certificate of a bundle (PEM) as HASH.0; a second one with the same subject is HASH.1."""
    directory.mkdir(parents=True)
    for block in bundle.split(BEGIN)[1:]:
        certificate = PEM_cert_to_DER_cert(BEGIN + block.partition(END)[0] + END)
        name, number = subject_hash(certificate), 0
        while (path := directory / f"{name}.{number}").exists():
            number += 1
        path.write_text(DER_cert_to_PEM_cert(certificate), encoding="ascii")


def _elements(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield tag, content and whole encoding of each DER element."""
    start = 0
    while start < len(content):
        length, body = content[start + 1], start + 2
        if length & 0x80:
            body += length & 0x7F
            length = int.from_bytes(content[start + 2 : body])
        yield content[start], content[body : body + length], content[start : body + length]
        start = body + length


def _element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size) + content


def _canonical(tag: int, content: bytes, whole: bytes) -> bytes:
    if tag not in STRINGS:
        return whole
    words = content.decode(STRINGS[tag]).translate(dict.fromkeys(map(ord, _SPACES), " ")).split(" ")
    text = " ".join(word for word in words if word).encode()
    # bytes.lower changes ASCII letters only, as the canonical form requires.
    return _element(UTF8_STRING, text.lower())


if __name__ == "__main__":
    write_directory(Path(sys.argv[1]).read_text(encoding="utf-8"), Path(sys.argv[2]))
