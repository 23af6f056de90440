const SHORTEST_MS = 500;
// Also keeps far visits clear of setTimeout's limit of 24 days, past which it fires at once.
const LONGEST_SECONDS = 3_600;
const HIDDEN_FACTOR = 3;
const LONGEST_JITTER_MS = 2_000;

/**
 * As the server said, longer in a hidden tab, never past the opening of the door; spread, so that visits of the same
 * hour do not ask in one beat.
 */
export function pauseMs(/** @type {Told} */ { seconds, untilOpenMs = 0 }) {
	const toldMs = Math.min(seconds, LONGEST_SECONDS) * 1_000 * (document.hidden ? HIDDEN_FACTOR : 1);
	const waitMs = Math.max(SHORTEST_MS, untilOpenMs > 0 ? Math.min(toldMs, untilOpenMs) : toldMs);
	return waitMs + Math.random() * Math.min(waitMs / 10, LONGEST_JITTER_MS);
}

/** Asks one question at a time, until one says that it was the last. */
export class Poller {
	#life = new AbortController();
	#asking = false;
	#held = false;
	#timer = 0;
	#ask;

	/** @param {() => Promise<NextQuestion | null>} ask null ends it */
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

	async askNow() {
		const { signal } = this.#life;
		if (this.#asking || signal.aborted) return;
		clearTimeout(this.#timer);
		this.#asking = true;
		const next = await this.#ask();
		this.#asking = false;
		if (!next) this.stop();
		if (!next || signal.aborted) return;
		this.#held = next.held ?? false;
		this.#timer = setTimeout(() => this.askNow(), next.pauseMs);
	}
}
