/** Keeps the screen on, where the browser can: a sleeping phone would miss the door. */
export class ScreenAwake {
	#wanted = false;
	/** @type {Promise<WakeLockSentinel | null>} */
	#lock = Promise.resolve(null);

	constructor() {
		// Browsers let go of it in hidden pages, and do not take it up again.
		document.addEventListener("visibilitychange", () => this.#wanted && !document.hidden && this.#take());
	}

	keep(/** @type {boolean} */ wanted) {
		if (wanted === this.#wanted) return;
		this.#wanted = wanted;
		if (wanted) this.#take();
		else this.#lock.then((lock) => lock?.release());
	}

	#take() {
		// Refused when the battery is low, and where a page around ours says so.
		this.#lock = navigator.wakeLock?.request("screen").catch(() => null) ?? this.#lock;
	}
}
