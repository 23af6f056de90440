/**
 * @typedef {{id: string, name: string, microphone: boolean, camera: boolean}} Person
 * @typedef {{description?: RTCSessionDescription, candidate?: RTCIceCandidate}} Signal
 * @typedef {object} Events What the server tells, by type; `lost` and `refused` are the stream's own.
 * @property {(event: {you: string, peers: Person[]}) => void} welcome
 * @property {(event: {peer: Person}) => void} joined
 * @property {(event: {peer: string}) => void} left
 * @property {(event: {from: string, signal: Signal}) => void} signal
 * @property {(event: {peer: Person}) => void} media
 * @property {(event: {from: string, name: string, text: string, at: string}) => void} chat
 * @property {(event: {seconds: number, counting: boolean}) => void} time_left
 * @property {(event: {reason: "replaced" | "closed" | "time_up"}) => void} expelled
 * @property {() => void} lost
 * @property {() => void} refused
 */

/** The way to the server: events come by server-sent events, messages go by POST, one after the other. */
export class Signalling {
	#channel;
	#events;
	#me = "";
	/** @type {EventSource | undefined} */
	#source;
	/** @type {Promise<unknown>} */
	#sending = Promise.resolve();

	/**
	 * @param {string} channel the path of this link's stream and mailbox
	 * @param {Events} events
	 */
	constructor(channel, events) {
		this.#channel = channel;
		this.#events = events;
	}

	/** Enter the call; whoever is in through the same link goes. */
	open() {
		// The query, because the name others see is a parameter of the link.
		const source = new EventSource(`${this.#channel}/events${location.search}`);
		source.addEventListener("message", ({ data }) => {
			const { type, ...event } = JSON.parse(data);
			if (type === "welcome") {
				this.#me = event.you;
			}
			this.#events[/** @type {keyof Events} */ (type)](event);
		});
		source.addEventListener("error", () => {
			// The browser tries again by itself, except when the server answered and meant no.
			this.#events[source.readyState === EventSource.CLOSED ? "refused" : "lost"]();
		});
		this.#source = source;
	}

	/**
	 * Resolves to whether the server took it. In order, because a candidate is of no use ahead of its description.
	 * @param {Record<string, unknown>} message
	 * @returns {Promise<boolean>}
	 */
	send(message) {
		const sent = this.#sending.then(async () => {
			if (!this.#source) {
				return false;
			}
			try {
				const response = await fetch(`${this.#channel}/messages`, {
					method: "POST",
					headers: { "Content-Type": "application/json" },
					body: this.#envelope(message),
				});
				return response.ok;
			} catch {
				return false;
			}
		});
		this.#sending = sent;
		return sent;
	}

	/** Leave; works while the page goes away, too. */
	leave() {
		if (this.#source) {
			navigator.sendBeacon(
				`${this.#channel}/messages`,
				new Blob([this.#envelope({ type: "leave" })], { type: "application/json" }),
			);
			this.close();
		}
	}

	/** Hear nothing more. */
	close() {
		this.#source?.close();
		this.#source = undefined;
	}

	/** @param {Record<string, unknown>} message */
	#envelope(message) {
		return JSON.stringify({ ...message, from: this.#me });
	}
}
