"""TLS: which root certificates are trusted."""

import os
import ssl
from collections.abc import Mapping

from aws_json.errors import ConfigurationError

ROOTS = os.path.join(os.path.dirname(__file__), "roots")  # noqa: PTH118, PTH120 - pathlib costs GET milliseconds
"""Mozilla's list, one file a root, named by OpenSSL's hash of its subject, so that only the one that is
needed is read. `sam build` makes it from certifi (deployment/build/roots.py); a checkout has none.
"""


def trusted_roots(environment: Mapping[str, str]) -> str | None:
    """Return the file or directory of trusted roots, or None where the system's own have to do.

    `AWS_CA_BUNDLE` goes first, as in AWS's own SDKs.
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html
    """
    return environment.get("AWS_CA_BUNDLE") or (ROOTS if os.path.isdir(ROOTS) else None)  # noqa: PTH112


def new_tls_context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context that checks names and certificates; 0.3 ms over a directory, 20 ms over a bundle.

    Raises:
        ConfigurationError: AWS_CA_BUNDLE names nothing that holds certificates.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # as ssl.create_default_context does, since Python 3.13
    roots = trusted_roots(environment)
    if roots is None:
        context.load_default_certs()
    elif os.path.isdir(roots):  # noqa: PTH112
        context.load_verify_locations(capath=roots)
    else:
        try:
            context.load_verify_locations(cafile=roots)
        except OSError as error:
            raise ConfigurationError("AWS_CA_BUNDLE cannot be read") from error
    return context
