/** The server's time, advanced by a monotonic clock: the device's own may be a day wrong. */
export class ServerClock {
	#offsetMs = NaN;

	sync(/** @type {string} */ serverTime, /** @type {Span} */ { sentAt, receivedAt }) {
		this.#offsetMs = Date.parse(serverTime) - (sentAt + receivedAt) / 2;
	}

	/** Milliseconds from now to that moment; negative when it is past. */
	untilMs(/** @type {string} */ moment) {
		return Date.parse(moment) - this.#offsetMs - performance.now();
	}
}
