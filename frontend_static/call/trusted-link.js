const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/**
 * The link if its origin is trusted, else null.
 * @param {string | null} link
 * @param {{origins: string[], localMode: boolean}} trust
 */
export function trustedLink(link, { origins, localMode }) {
	try {
		const { href, origin, protocol, hostname, username, password } = new URL(link ?? "");
		const secure = protocol === "https:" || (localMode && protocol === "http:" && LOOPBACK.includes(hostname));
		return secure && origins.includes(origin) && !username && !password ? href : null;
	} catch {
		return null;
	}
}
