"""A program: read one DynamoDB item over one transport, again and again, and say what that took.

`python transport_process.py NAME PORT BUNDLE ROOTS`: the server on localhost, the trusted roots as a file and
as a directory. Each transport is built as in a function: credentials from the environment, TLS checked.
"""

# mypy: ignore-errors
# What is compared is in an environment of its own (`make .tools/transports/.installed`).

import sys
import time

STARTED, STARTED_PROCESSOR = time.perf_counter(), time.process_time()
BASE_MODULES = len(sys.modules)
NAME, PORT, BUNDLE, ROOTS = sys.argv[1:]
HOST = "localhost"
URL = f"https://{HOST}:{PORT}"
REGION = "eu-west-1"
KEY = {"pk": {"S": "TELECONSULTATION#0"}}
REQUEST = {"TableName": "t", "Key": KEY, "ConsistentRead": True}
TARGET = "DynamoDB_20120810.GetItem"
CONTENT_TYPE = "application/x-amz-json-1.0"
CALLS = 500


def aws_json():
    """The reader of this project."""
    import os

    from aws_json import DynamoDBReader

    reader = DynamoDBReader(
        environment={**os.environ, "AWS_ENDPOINT_URL_DYNAMODB": URL, "AWS_CA_BUNDLE": ROOTS}
    )
    reader.connect()
    return lambda: reader.get_item(REQUEST)


def http_client():
    """The same signature over the standard library's HTTP client; no repeats, no deadlines."""
    import http.client
    import json
    import os
    import ssl
    from datetime import UTC, datetime

    from aws_json.credentials import Credentials
    from aws_json.signature import signed_headers

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(capath=ROOTS)
    connection = http.client.HTTPSConnection(HOST, int(PORT), context=context, timeout=2)
    connection.connect()
    credentials = Credentials(
        access_key_id=os.environ["AWS_ACCESS_KEY_ID"], secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"]
    )

    def read():
        body = json.dumps(REQUEST).encode()
        headers = signed_headers(
            {"host": f"{HOST}:{PORT}", "x-amz-target": TARGET, "content-type": CONTENT_TYPE},
            body=body,
            credentials=credentials,
            region=REGION,
            now=datetime.now(UTC),
        )
        connection.request("POST", "/", body, headers)
        return json.loads(connection.getresponse().read())

    return read


def awscrt():
    """AWS's C runtime: its signer and its HTTP client; no repeats, no deadlines."""
    import io
    import json

    from awscrt import auth, http
    from awscrt.io import ClientTlsContext, InputStream, TlsContextOptions

    options = TlsContextOptions()
    options.override_default_trust_store_from_path(ca_filepath=BUNDLE)
    tls = ClientTlsContext(options).new_connection_options()
    tls.set_server_name(HOST)
    connection = http.HttpClientConnection.new(HOST, int(PORT), tls_connection_options=tls).result()
    provider = auth.AwsCredentialsProvider.new_environment()

    def read():
        body = json.dumps(REQUEST).encode()
        headers = http.HttpHeaders(
            [
                ("host", f"{HOST}:{PORT}"),
                ("content-type", CONTENT_TYPE),
                ("content-length", str(len(body))),
                ("x-amz-target", TARGET),
            ]
        )
        request = http.HttpRequest("POST", "/", headers, InputStream(io.BytesIO(body)))
        config = auth.AwsSigningConfig(credentials_provider=provider, region=REGION, service="dynamodb")
        auth.aws_sign_request(request, config).result()
        received = bytearray()
        stream = connection.request(request, on_body=lambda chunk, **_: received.extend(chunk))
        stream.activate()
        stream.completion_future.result()
        return json.loads(received)

    return read


def aws_sdk_signers():
    """AWS's signer in Python over the standard library's HTTP client; no repeats, no deadlines."""
    import http.client
    import json
    import os
    import ssl

    from aws_sdk_signers import (
        URI,
        AWSCredentialIdentity,
        AWSRequest,
        Field,
        Fields,
        SigV4Signer,
        SigV4SigningProperties,
    )

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(capath=ROOTS)
    connection = http.client.HTTPSConnection(HOST, int(PORT), context=context, timeout=2)
    connection.connect()
    signer = SigV4Signer()
    identity = AWSCredentialIdentity(
        access_key_id=os.environ["AWS_ACCESS_KEY_ID"], secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"]
    )

    def read():
        body = json.dumps(REQUEST).encode()
        request = AWSRequest(
            destination=URI(scheme="https", host=HOST, port=int(PORT), path="/"),
            method="POST",
            body=[body],
            fields=Fields(
                [
                    Field(name="x-amz-target", values=[TARGET]),
                    Field(name="content-type", values=[CONTENT_TYPE]),
                ]
            ),
        )
        signed = signer.sign(
            request=request,
            identity=identity,
            properties=SigV4SigningProperties(region=REGION, service="dynamodb"),
        )
        headers = {field.name: field.as_string() for field in signed.fields}
        connection.request("POST", "/", body, headers)
        return json.loads(connection.getresponse().read())

    return read


def pydynox():
    """The AWS SDK for Rust, from Python; its items are Python's, not DynamoDB's JSON."""
    from pydynox import DynamoDBClient

    client = DynamoDBClient(region=REGION, endpoint_url=URL)
    return lambda: client.sync_get_item("t", {"pk": KEY["pk"]["S"]}, consistent_read=True)


def boto3():
    """AWS's SDK for Python."""
    import boto3

    client = boto3.client("dynamodb", region_name=REGION, endpoint_url=URL, verify=BUNDLE)
    return lambda: client.get_item(**REQUEST)


def peak_megabytes() -> float:
    """Read the high-water mark from Linux; getrusage's would be our parent's too."""
    with open("/proc/self/status", encoding="utf-8") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measure, and print the figures as JSON."""
    read = globals()[NAME]()
    built = time.perf_counter()
    assert read()
    first, first_processor = time.perf_counter(), time.process_time()
    modules = len(sys.modules) - BASE_MODULES
    for _ in range(50):
        read()
    processor = time.process_time()
    calls = []
    for _ in range(CALLS):
        begin = time.perf_counter()
        read()
        calls.append(time.perf_counter() - begin)
    processor = time.process_time() - processor
    import json

    figures = {
        "built_ms": (built - STARTED) * 1e3,
        "first_ms": (first - built) * 1e3,
        "first_answer_ms": (first - STARTED) * 1e3,
        "first_answer_cpu_ms": (first_processor - STARTED_PROCESSOR) * 1e3,
        "modules": modules,
        "warm_us": sorted(calls)[CALLS // 2] * 1e6,
        "warm_cpu_us": processor / CALLS * 1e6,
        "peak_mb": peak_megabytes(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
