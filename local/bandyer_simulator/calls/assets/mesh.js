import { Peer } from "./peer.js";

/** @import { Channel, Tracks } from "./peer.js" */
/** @import { Person, Signal } from "./signalling.js" */

const LOUDNESS_EVERY_MS = 100;

/** The connections to all other pages of the call; a full mesh works well for up to four people. */
export class Mesh {
	#own;
	#events;
	/** @type {Map<string, Peer>} */
	#peers = new Map();
	/** @type {Tracks} */
	#tracks = { audio: null, video: null, screen: null };
	/** @type {ReturnType<typeof setInterval> | undefined} */
	#listening;

	/**
	 * @param {MediaStream} own
	 * @param {object} events
	 * @param {(to: string, signal: Signal) => void} events.send
	 * @param {(id: string, connected: boolean) => void} events.onConnected
	 * @param {(id: string, loudness: number) => void} events.onLoudness
	 */
	constructor(own, events) {
		this.#own = own;
		this.#events = events;
	}

	/**
	 * Connects to a person; the earlier of the two makes the offer, the newcomer is the polite peer.
	 * @param {Person} person
	 * @param {{newcomer: boolean}} role whether that person came later than we
	 * @returns {Peer} the connection, with the person's media
	 */
	add({ id }, { newcomer }) {
		const peer = new Peer({
			polite: !newcomer,
			own: this.#own,
			tracks: this.#tracks,
			send: (signal) => this.#events.send(id, signal),
			onConnected: (connected) => this.#events.onConnected(id, connected),
		});
		this.#peers.set(id, peer);
		this.#listening ??= setInterval(() => this.#listen(), LOUDNESS_EVERY_MS);
		return peer;
	}

	/**
	 * @param {string} from
	 * @param {Signal} signal
	 */
	receive(from, signal) {
		this.#peers.get(from)?.receive(signal);
	}

	/**
	 * @param {Channel} channel
	 * @param {MediaStreamTrack | null} track
	 */
	use(channel, track) {
		this.#tracks[channel] = track;
		for (const peer of this.#peers.values()) {
			peer.use(channel, track);
		}
	}

	/** @param {string} id */
	remove(id) {
		this.#peers.get(id)?.close();
		this.#peers.delete(id);
	}

	close() {
		for (const id of [...this.#peers.keys()]) {
			this.remove(id);
		}
		clearInterval(this.#listening);
		this.#listening = undefined;
	}

	#listen() {
		for (const [id, peer] of this.#peers) {
			this.#events.onLoudness(id, peer.loudness);
		}
	}
}
