/**
 * @typedef {{id: string, name: string, microphone: boolean, camera: boolean}} Person
 * @typedef {{description?: RTCSessionDescription, candidate?: RTCIceCandidate}} Signal
 * @typedef {{seat: number, points: [number, number][]}} Stroke
 * @typedef {{name: string, size: number, url: string}} SharedFile
 * @typedef {object} Events Handlers by type of event; `lost` and `refused` come from the stream itself.
 * @property {(event: {you: string, peers: Person[], presenter: string | null, strokes: Stroke[]}) => void} welcome
 * @property {(event: {peer: Person}) => void} joined
 * @property {(event: {peer: string}) => void} left
 * @property {(event: {from: string, signal: Signal}) => void} signal
 * @property {(event: {peer: Person}) => void} media
 * @property {(event: {from: string, name: string, text: string, at: string}) => void} chat
 * @property {(event: {from: string, name: string, file: SharedFile, at: string}) => void} file
 * @property {(event: {presenter: string | null}) => void} screen
 * @property {(event: Stroke & {from: string, name: string}) => void} stroke
 * @property {() => void} wipe
 * @property {(event: {seconds: number, counting: boolean}) => void} time_left
 * @property {(event: {reason: "replaced" | "closed" | "time_up"}) => void} expelled
 * @property {() => void} lost
 * @property {() => void} refused
 */

/** The connection to the server: server-sent events to the page, messages by POST one after the other. */
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

	/** Enters the call; the server expels an earlier page with the same link. */
	open() {
		// With the link's query, which has the name that others see.
		const source = new EventSource(`${this.#channel}/events${location.search}`);
		source.addEventListener("message", ({ data }) => {
			const { type, ...event } = JSON.parse(data);
			if (type === "welcome") {
				this.#me = event.you;
			}
			this.#events[/** @type {keyof Events} */ (type)](event);
		});
		source.addEventListener("error", () => {
			// The browser reconnects by itself, except after a refusal of the server.
			this.#events[source.readyState === EventSource.CLOSED ? "refused" : "lost"]();
		});
		this.#source = source;
	}

	/**
	 * Sends a message and resolves to whether the server accepted it. Messages are sent in order, because a candidate
	 * needs its description first.
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

	/**
	 * Sends a file and resolves to whether the server accepted it.
	 * @param {File} file
	 * @returns {Promise<boolean>}
	 */
	async sendFile(file) {
		const query = new URLSearchParams({ from: this.#me, name: file.name });
		try {
			return (await fetch(`${this.#channel}/files?${query}`, { method: "POST", body: file })).ok;
		} catch {
			return false;
		}
	}

	/** Leaves the call; also works while the page unloads. */
	leave() {
		if (this.#source) {
			navigator.sendBeacon(
				`${this.#channel}/messages`,
				new Blob([this.#envelope({ type: "leave" })], { type: "application/json" }),
			);
			this.close();
		}
	}

	/** Closes the event stream. */
	close() {
		this.#source?.close();
		this.#source = undefined;
	}

	/** @param {Record<string, unknown>} message */
	#envelope(message) {
		return JSON.stringify({ ...message, from: this.#me });
	}
}
