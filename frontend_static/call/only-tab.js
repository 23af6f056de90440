// A reloaded document may ask a moment before the old one has let go.
const PATIENCE_MS = 500;

/** The right to be the one tab of this browser that is in the call: the provider would end the first of two. */
export class OnlyTab {
	#letGo = () => {};
	#claims = 0;
	#onLost;

	/** @param {() => void} onLost another tab took it */
	constructor(onLost) {
		this.#onLost = onLost;
	}

	/**
	 * @param {string} name of visit and participant: of two people at one computer each has a tab
	 * @param {{take: boolean}} how `take` it from the tab that has it
	 * @returns {Promise<boolean>} whether it is ours
	 */
	claim(name, { take }) {
		this.release();
		// Old browsers have no locks: a call without a warning is better than none.
		if (!navigator.locks) return Promise.resolve(true);
		const claim = ++this.#claims;
		return new Promise((resolve) => {
			let isHeld = false;
			const hold = () => {
				isHeld = true;
				resolve(true);
				return new Promise((/** @type {(value: void) => void} */ letGo) => (this.#letGo = letGo));
			};
			const options = take ? { steal: true } : { signal: AbortSignal.timeout(PATIENCE_MS) };
			navigator.locks.request(name, options, hold).catch(async (error) => {
				if (isHeld) return claim === this.#claims && this.#onLost();
				const locks = await navigator.locks.query().catch(() => null);
				if (locks?.held?.some((lock) => lock.name === name)) resolve(false);
				// Nobody has it: a busy device was slower than our patience, or there are no locks to be had.
				else resolve(error.name !== "TimeoutError" || this.claim(name, { take }));
			});
		});
	}

	release() {
		this.#letGo();
	}
}
