/** The server's time, carried on by a clock that nobody can set: the device's own may be a day wrong. */
export class ServerClock {
	#offsetMs = NaN;

	sync(/** @type {string} */ serverTime, /** @type {Span} */ { sentAt, receivedAt }) {
		this.#offsetMs = Date.parse(serverTime) - (sentAt + receivedAt) / 2;
	}

	/** From now to that moment; negative when it is past. */
	untilMs(/** @type {string} */ moment) {
		return Date.parse(moment) - this.#offsetMs - performance.now();
	}
}
