const SHORTEST_MS = 500;
// Also stays below setTimeout's limit of 24 days; beyond it a timer fires at once.
const LONGEST_SECONDS = 3_600;
const AFTER_ERROR_MS = 30_000;
const HIDDEN_FACTOR = 3;
const LONGEST_JITTER_MS = 2_000;

/**
 * The pause before the next request: the server's, longer in a hidden tab, at most until the door opens. Jitter spreads
 * visits of the same hour.
 */
export function pauseMs(/** @type {PollAdvice} */ { seconds, untilOpenMs = 0 }) {
	const advisedMs = Math.min(seconds, LONGEST_SECONDS) * 1_000 * (document.hidden ? HIDDEN_FACTOR : 1);
	const waitMs = Math.max(SHORTEST_MS, untilOpenMs > 0 ? Math.min(advisedMs, untilOpenMs) : advisedMs);
	return waitMs + Math.random() * Math.min(waitMs / 10, LONGEST_JITTER_MS);
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
		addEventListener("online", wake, { signal });
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
