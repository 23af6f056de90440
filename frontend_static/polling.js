const SHORTEST_MS = 500;
const DEFAULT_SECONDS = 30;
// Also stays below setTimeout's limit of 24 days; beyond it a timer fires at once.
const LONGEST_SECONDS = 3_600;
const LONGEST_BACKOFF_SECONDS = 30;
const LONGEST_RETRY_AFTER_MS = 300_000;
const AFTER_ERROR_MS = 30_000;
const HIDDEN_FACTOR = 3;
const LONGEST_JITTER_MS = 2_000;
// The server spreads the pages of one opening over the seconds after it.
const LONGEST_SPREAD_MS = 10_000;

/** Failures in a row that a page with an earlier answer does not show. */
export const QUIET_FAILURES = 1;

/** The pause after an answer: the server's; three times as long in a hidden tab, unless the door opens before its end. */
export function pauseMs(/** @type {PollAdvice} */ { seconds, untilOpenMs = -Infinity }) {
	const advisedMs = Math.min(seconds ?? DEFAULT_SECONDS, LONGEST_SECONDS) * 1_000;
	const restfulMs = advisedMs * (document.hidden ? HIDDEN_FACTOR : 1);
	const opensMeanwhile = -LONGEST_SPREAD_MS < untilOpenMs && untilOpenMs < restfulMs;
	const waitMs = opensMeanwhile ? advisedMs : restfulMs;
	return jittered(untilOpenMs > 0 ? Math.min(waitMs, untilOpenMs + LONGEST_SPREAD_MS) : waitMs, 0.1);
}

/** The pause after failures in a row: doubled each time, or the server's if that is longer. */
export function pauseAfterFailureMs(/** @type {Failure} */ { failures, retryAfterSeconds }) {
	const seconds = Math.max(Math.min(2 ** failures, LONGEST_BACKOFF_SECONDS), retryAfterSeconds);
	// With more jitter: pages that were refused together must not return together.
	return Math.min(jittered(seconds * 1_000 * (document.hidden ? HIDDEN_FACTOR : 1), 1), LONGEST_RETRY_AFTER_MS);
}

function jittered(/** @type {number} */ ms, /** @type {number} */ share) {
	const waitMs = Math.max(SHORTEST_MS, ms);
	return waitMs + Math.random() * Math.min(waitMs * share, LONGEST_JITTER_MS);
}

/** Sends one request at a time until `ask` returns null. */
export class Poller {
	#life = new AbortController();
	#asking = false;
	#held = false;
	#timer = 0;
	#ask;

	/** @param {() => Promise<NextRequest | null>} ask returns null to end the polling */
	constructor(ask) {
		this.#ask = ask;
	}

	start() {
		const { signal } = this.#life;
		const wake = () => document.hidden || this.#held || this.askNow();
		document.addEventListener("visibilitychange", wake, { signal });
		// Without a network the question fails at once, and the page says so.
		for (const event of ["online", "offline"]) addEventListener(event, wake, { signal });
		this.askNow();
	}

	stop() {
		this.#life.abort();
		clearTimeout(this.#timer);
	}

	/** An error of `ask` reaches the browser's console and does not end the polling. */
	async askNow() {
		const { signal } = this.#life;
		if (this.#asking || signal.aborted) return;
		clearTimeout(this.#timer);
		this.#asking = true;
		/** @type {NextRequest | null} */
		let next = { pauseMs: AFTER_ERROR_MS };
		try {
			next = await this.#ask();
		} finally {
			this.#asking = false;
			if (!next) this.stop();
			else if (!signal.aborted) {
				this.#held = next.held ?? false;
				this.#timer = setTimeout(() => this.askNow(), next.pauseMs);
			}
		}
	}
}
