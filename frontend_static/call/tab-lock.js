import { timeLimit } from "../time-limit.js";

// A reloaded document may ask shortly before the old one releases its lock.
const PATIENCE_MS = 500;

/** A Web Lock that one tab of this browser holds while it is in the call. */
export class TabLock {
	/** Whether another tab holds the lock. */
	isElsewhere = false;
	#releaseLock = () => {};
	#attempts = 0;
	#isHeld = false;
	/** @type {Promise<void> | null} */
	#acquiring = null;
	#onChange;

	/** @param {() => void} onChange called when another tab steals or releases the lock */
	constructor(onChange) {
		this.#onChange = onChange;
	}

	/**
	 * @param {string} name names visit and participant, so that two people at one computer each have a tab
	 * @param {{steal: boolean}} how `steal` takes the lock from the tab that holds it
	 * @returns {Promise<void>} resolved when this tab holds the lock, or `isElsewhere` is true
	 */
	acquire(name, { steal }) {
		// A second request of this tab would wait for the first.
		this.#acquiring ??= this.#acquire(name, { steal }).finally(() => (this.#acquiring = null));
		return this.#acquiring;
	}

	/**
	 * @param {string} name
	 * @param {{steal: boolean}} how
	 */
	async #acquire(name, { steal }) {
		this.release();
		// Old browsers have no locks: a call without a warning is better than none.
		if (!navigator.locks) return;
		if (await this.#request(name, { steal })) this.isElsewhere = false;
		else this.#giveWay(this.#whenFree(name));
	}

	/** Sets `isElsewhere` without taking the lock. */
	async check(/** @type {string} */ name) {
		if (!navigator.locks || this.isElsewhere) return;
		const free = this.#whenFree(name);
		const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, true));
		const isTaken = await Promise.race([free.then(() => false), patience]);
		// The reader of this tab may have entered meanwhile.
		if (isTaken && !this.#isHeld) this.#giveWay(free);
	}

	release() {
		this.#isHeld = false;
		this.#releaseLock();
	}

	/** @returns {Promise<boolean>} whether this tab holds the lock */
	#request(/** @type {string} */ name, /** @type {{steal: boolean}} */ { steal }) {
		const attempt = ++this.#attempts;
		return new Promise((resolve) => {
			let wasHeld = false;
			const hold = () => {
				this.#isHeld = wasHeld = true;
				resolve(true);
				return new Promise((/** @type {(value: void) => void} */ release) => (this.#releaseLock = release));
			};
			const options = steal ? { steal } : { signal: timeLimit(PATIENCE_MS) };
			navigator.locks.request(name, options, hold).catch(async (error) => {
				if (wasHeld) {
					if (attempt !== this.#attempts) return;
					this.#giveWay(this.#whenFree(name));
					return this.#onChange();
				}
				const locks = await navigator.locks.query().catch(() => null);
				if (locks?.held?.some((lock) => lock.name === name)) resolve(false);
				// The lock is free: either a slow device hit the timeout, or this browser grants no locks.
				else resolve(error.name !== "TimeoutError" || this.#request(name, { steal }));
			});
		});
	}

	/** Resolves when no tab holds the lock. */
	#whenFree(/** @type {string} */ name) {
		return navigator.locks.request(name, { mode: "shared" }, () => {}).catch(() => {});
	}

	#giveWay(/** @type {Promise<unknown>} */ free) {
		[this.isElsewhere, this.#isHeld] = [true, false];
		free.then(() => {
			this.isElsewhere = false;
			this.#onChange();
		});
	}
}
