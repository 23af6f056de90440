/** @import { Signal } from "./signalling.js" */

/** @typedef {"audio" | "video"} Kind */
/** @typedef {Kind | "screen"} Channel */
/** @typedef {Record<Channel, MediaStreamTrack | null>} Tracks */

// In the order of the transceivers, the same at both ends.
const CHANNELS = /** @type {const} */ (["audio", "video", "screen"]);

/**
 * The media connection to one other page, by "perfect negotiation".
 *
 * The start negotiates both directions of microphone, camera and screen, even without a track: switching one on or off
 * later only replaces a track and needs no further negotiation.
 * https://w3c.github.io/webrtc-pc/#perfect-negotiation-example
 */
export class Peer {
	#polite;
	#own;
	#send;
	/** @type {Tracks} */
	#tracks;
	#makingOffer = false;
	#ignoringOffer = false;
	/** @type {Promise<unknown>} */
	#receiving = Promise.resolve();

	/**
	 * @param {object} options
	 * @param {boolean} options.polite whether this side yields when both make an offer; it also waits for the first offer
	 * @param {MediaStream} options.own the stream that sent sound and picture belong to
	 * @param {Tracks} options.tracks
	 * @param {(signal: Signal) => void} options.send
	 * @param {(connected: boolean) => void} options.onConnected
	 */
	constructor({ polite, own, tracks, send, onConnected }) {
		this.#polite = polite;
		this.#own = own;
		this.#tracks = { ...tracks };
		this.#send = send;
		this.stream = new MediaStream();
		this.screen = new MediaStream();
		// No STUN or TURN: media stays on this machine.
		this.connection = new RTCPeerConnection({ iceServers: [] });
		this.connection.addEventListener("track", ({ track, transceiver }) => {
			const stream = this.#channelOf(transceiver) === "screen" ? this.screen : this.stream;
			stream.addTrack(track);
		});
		this.connection.addEventListener("icecandidate", ({ candidate }) => candidate && send({ candidate }));
		this.connection.addEventListener("negotiationneeded", () => void this.#offer());
		this.connection.addEventListener("connectionstatechange", () => {
			onConnected(this.connection.connectionState === "connected");
			if (this.connection.connectionState === "failed") {
				this.connection.restartIce();
			}
		});
		if (!polite) {
			for (const channel of CHANNELS) {
				const { sender } = this.connection.addTransceiver(channel === "audio" ? "audio" : "video", {
					direction: "sendrecv",
					streams: this.#streamsOf(channel),
				});
				void sender.replaceTrack(this.#tracks[channel]);
			}
		}
	}

	/**
	 * Sends this track from now on; null sends nothing.
	 * @param {Channel} channel
	 * @param {MediaStreamTrack | null} track
	 */
	use(channel, track) {
		this.#tracks[channel] = track;
		const transceiver = this.connection.getTransceivers()[CHANNELS.indexOf(channel)];
		void transceiver?.sender.replaceTrack(track);
	}

	/** @param {Signal} signal */
	receive(signal) {
		this.#receiving = this.#receiving.then(() => this.#take(signal)).catch((error) => this.#fail(error));
	}

	/** Returns the current sound level of the other side, 0 to 1. */
	get loudness() {
		const audio = this.connection.getReceivers().find(({ track }) => track.kind === "audio");
		return audio?.getSynchronizationSources()[0]?.audioLevel ?? 0;
	}

	close() {
		this.connection.close();
	}

	async #offer() {
		try {
			this.#makingOffer = true;
			await this.connection.setLocalDescription();
			this.#sendDescription();
		} catch (error) {
			this.#fail(error);
		} finally {
			this.#makingOffer = false;
		}
	}

	/** @param {Signal} signal */
	async #take({ description, candidate }) {
		if (description) {
			const clash =
				description.type === "offer" && (this.#makingOffer || this.connection.signalingState !== "stable");
			this.#ignoringOffer = clash && !this.#polite;
			if (this.#ignoringOffer) {
				return;
			}
			await this.connection.setRemoteDescription(description);
			if (description.type === "offer") {
				this.#answerBothWays();
				await this.connection.setLocalDescription();
				this.#sendDescription();
			}
		} else if (candidate && !this.#ignoringOffer) {
			await this.connection.addIceCandidate(candidate);
		}
	}

	/** Makes the transceivers of an offer send too; they are receive-only by default. */
	#answerBothWays() {
		for (const transceiver of this.connection.getTransceivers()) {
			if (transceiver.direction === "recvonly") {
				const channel = this.#channelOf(transceiver);
				transceiver.direction = "sendrecv";
				transceiver.sender.setStreams(...this.#streamsOf(channel));
				void transceiver.sender.replaceTrack(this.#tracks[channel]);
			}
		}
	}

	/** @param {RTCRtpTransceiver} transceiver */
	#channelOf(transceiver) {
		return CHANNELS[this.connection.getTransceivers().indexOf(transceiver)] ?? "screen";
	}

	/**
	 * One stream for microphone and camera, so that the other side synchronizes sound and picture.
	 * @param {Channel} channel
	 */
	#streamsOf(channel) {
		return channel === "screen" ? [] : [this.#own];
	}

	#sendDescription() {
		const description = this.connection.localDescription;
		if (description) {
			this.#send({ description });
		}
	}

	/** @param {unknown} error */
	#fail(error) {
		// A person who leaves during a negotiation ends it; this is not a failure.
		if (this.connection.signalingState !== "closed") {
			reportError(error);
		}
	}
}
