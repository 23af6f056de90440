// In front of the laptop's page server, what CloudFront is in front of the bucket: HTTP/2 over TLS, gzip, and 304.
// node http2_front.mjs UPSTREAM_PORT KEY_AND_CERTIFICATE; prints the port it listens on.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createSecureServer } from "node:http2";
import { gzipSync } from "node:zlib";

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
const SMALLEST_COMPRESSED_BYTES = 1_000;
const OF_ONE_CONNECTION = ["connection", "keep-alive", "transfer-encoding", "content-length"];

const [upstreamPort, pem] = process.argv.slice(2);

function answerTo(asked, { status, headers, body }) {
	const kept = Object.entries(headers).filter(([name]) => !OF_ONE_CONNECTION.includes(name));
	const sent = Object.fromEntries(kept);
	if (asked.url.startsWith("/api/")) return [status, sent, body];
	// As S3 does, which the files come from.
	sent.etag = `"${createHash("md5").update(body).digest("hex")}"`;
	if (asked.headers["if-none-match"] === sent.etag) return [304, sent, ""];
	if (body.length < SMALLEST_COMPRESSED_BYTES) return [status, sent, body];
	return [status, { ...sent, "content-encoding": "gzip", vary: "accept-encoding" }, gzipSync(body)];
}

const key = readFileSync(pem);
const server = createSecureServer({ key, cert: key }, (asked, answer) => {
	const headers = Object.fromEntries(Object.entries(asked.headers).filter(([name]) => !name.startsWith(":")));
	const to = { host: "127.0.0.1", port: upstreamPort, method: asked.method, path: asked.url, headers };
	const passedOn = request(to, async (upstream) => {
		const body = Buffer.concat(await upstream.toArray());
		const [status, sent, content] = answerTo(asked, { status: upstream.statusCode, headers: upstream.headers, body });
		answer.writeHead(status, sent).end(content);
	});
	asked.pipe(passedOn);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
