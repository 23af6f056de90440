import { timeLimit } from "../time-limit.js";

const TIMES = 5;
const COPIES = 12;
const TIMEOUT_MS = 6_000;
// A video call takes about 1 Mbit/s each way, and a delay of half a second makes people talk at the same time.
const GOOD = { megabits: 1.5, delayMs: 250 };
const WEAK = { megabits: 0.4, delayMs: 800 };

/**
 * Measures the way from the page's own server: the delay of small requests, then how fast some 200 kB arrive. It cannot
 * tell how fast the line sends, or how far it is to the provider or the other person: the site takes no uploads.
 * @returns {Promise<"good" | "weak" | "bad">}
 */
export async function measureLine() {
	const file = largestFile();
	if (!file) return "bad";
	/** @type {RequestInit} */
	const options = { cache: "no-store", credentials: "omit", signal: timeLimit(TIMEOUT_MS) };
	try {
		// The first one opens the connection and does not count.
		const delays = [];
		for (let sent = 0; sent <= TIMES; sent += 1) {
			const sentAt = performance.now();
			await fetch(file.name, { ...options, method: "HEAD" });
			if (sent) delays.push(performance.now() - sentAt);
		}
		const delayMs = delays.sort((one, other) => one - other)[Math.floor(TIMES / 2)];
		const startedAt = performance.now();
		await Promise.all(Array.from({ length: COPIES }, async () => (await fetch(file.name, options)).arrayBuffer()));
		const seconds = (performance.now() - startedAt) / 1_000;
		return verdict({ megabits: (file.bytes * COPIES * 8) / 1e6 / seconds, delayMs });
	} catch {
		// Offline, or slower than anything that a call could use.
		return "bad";
	}
}

/** @returns {"good" | "weak" | "bad"} */
function verdict(/** @type {Line} */ { megabits, delayMs }) {
	const isAsGoodAs = (/** @type {Line} */ least) => megabits >= least.megabits && delayMs <= least.delayMs;
	return isAsGoodAs(GOOD) ? "good" : isAsGoodAs(WEAK) ? "weak" : "bad";
}

/** The largest file that the page has loaded from its own site, and its size on the way. */
function largestFile() {
	const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource"));
	const ours = entries.filter(({ name }) => new URL(name).origin === location.origin && /\.(js|css)$/.test(name));
	const [largest] = ours.sort((one, other) => other.encodedBodySize - one.encodedBodySize);
	return largest?.encodedBodySize ? { name: largest.name, bytes: largest.encodedBodySize } : null;
}
