/** Keeps the screen on where the browser supports it: a sleeping phone would miss the start of the call. */
export class ScreenAwake {
	#wanted = false;
	/** @type {Promise<WakeLockSentinel | null>} */
	#lock = Promise.resolve(null);

	constructor() {
		// Browsers release the lock in hidden pages and do not restore it.
		document.addEventListener("visibilitychange", () => this.#wanted && !document.hidden && this.#acquire());
	}

	keep(/** @type {boolean} */ wanted) {
		if (wanted === this.#wanted) return;
		this.#wanted = wanted;
		if (wanted) this.#acquire();
		else this.#lock.then((lock) => lock?.release());
	}

	#acquire() {
		// Rejected when the battery is low, or by the policy of a parent page.
		this.#lock = navigator.wakeLock?.request("screen").catch(() => null) ?? this.#lock;
	}
}
