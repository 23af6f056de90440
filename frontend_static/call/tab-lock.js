// A reloaded document may ask shortly before the old one releases its lock.
const ACQUIRE_TIMEOUT_MS = 500;

/** A Web Lock that one tab of this browser holds while it is in the call. */
export class TabLock {
	#releaseLock = () => {};
	#attempts = 0;
	#onLost;

	/** @param {() => void} onLost called when another tab steals the lock */
	constructor(onLost) {
		this.#onLost = onLost;
	}

	/**
	 * @param {string} name names visit and participant, so that two people at one computer each have a tab
	 * @param {{steal: boolean}} how `steal` takes the lock from the tab that holds it
	 * @returns {Promise<boolean>} whether this tab holds the lock
	 */
	acquire(name, { steal }) {
		this.release();
		// Old browsers have no locks: a call without a warning is better than none.
		if (!navigator.locks) return Promise.resolve(true);
		const attempt = ++this.#attempts;
		return new Promise((resolve) => {
			let isHeld = false;
			const hold = () => {
				isHeld = true;
				resolve(true);
				return new Promise((/** @type {(value: void) => void} */ release) => (this.#releaseLock = release));
			};
			const options = steal ? { steal } : { signal: AbortSignal.timeout(ACQUIRE_TIMEOUT_MS) };
			navigator.locks.request(name, options, hold).catch(async (error) => {
				if (isHeld) return attempt === this.#attempts && this.#onLost();
				const locks = await navigator.locks.query().catch(() => null);
				if (locks?.held?.some((lock) => lock.name === name)) resolve(false);
				// The lock is free: either a slow device hit the timeout, or this browser grants no locks.
				else resolve(error.name !== "TimeoutError" || this.acquire(name, { steal }));
			});
		});
	}

	release() {
		this.#releaseLock();
	}
}
