import { copyOf, element, part } from "./page.js";

// Above the noise of a quiet room.
const SPEAKING_LOUDNESS = 0.02;
// As long as the pauses between words.
const SPEAKING_HOLD_MS = 800;

/** The tiles of the people in the call; CSS arranges them by their number. */
export class Stage {
	#root = element("stage", HTMLElement);
	#sound = element("sound", HTMLButtonElement);
	/** @type {Map<string, HTMLElement>} */
	#tiles = new Map();
	/** @type {Map<string, number>} when each was last heard */
	#heard = new Map();
	#isStrip = false;

	constructor() {
		this.#sound.addEventListener("click", () => {
			this.#sound.hidden = true;
			for (const tile of this.#tiles.values()) {
				void this.#play(part(tile, "video", HTMLVideoElement));
			}
		});
		this.#count();
	}

	/**
	 * @param {string} id
	 * @param {{name: string, stream: MediaStream, label?: string, own?: boolean}} person
	 */
	add(id, { name, stream, label = name, own = false }) {
		this.remove(id);
		const tile = copyOf("tile");
		const video = part(tile, "video", HTMLVideoElement);
		part(tile, ".name", HTMLElement).textContent = label;
		part(tile, ".avatar", HTMLElement).textContent = [...name.trim()][0]?.toUpperCase() ?? "";
		tile.classList.toggle("own", own);
		tile.dataset.connected = String(own);
		// Muted, or we would hear our own voice.
		video.muted = own;
		video.srcObject = stream;
		this.#tiles.set(id, tile);
		// Our own tile is last, the others are in order of arrival.
		this.#root.insertBefore(tile, own ? null : this.#root.querySelector(".own"));
		this.#count();
		if (!own) {
			void this.#play(video);
		}
	}

	/**
	 * @param {string} id
	 * @param {{microphone: boolean, camera: boolean}} media
	 */
	showMedia(id, { microphone, camera }) {
		const tile = this.#tiles.get(id);
		tile?.classList.toggle("silent", !microphone);
		tile?.classList.toggle("unseen", !camera);
	}

	/**
	 * @param {string} id
	 * @param {boolean} connected
	 */
	showConnected(id, connected) {
		const tile = this.#tiles.get(id);
		if (tile) {
			tile.dataset.connected = String(connected);
		}
	}

	/**
	 * @param {string} id
	 * @param {number} loudness
	 */
	showLoudness(id, loudness) {
		const now = performance.now();
		if (loudness > SPEAKING_LOUDNESS) {
			this.#heard.set(id, now);
		}
		const silence = now - (this.#heard.get(id) ?? -Infinity);
		this.#tiles.get(id)?.classList.toggle("speaking", silence < SPEAKING_HOLD_MS);
	}

	/** @param {string} id */
	remove(id) {
		const tile = this.#tiles.get(id);
		if (tile) {
			part(tile, "video", HTMLVideoElement).srcObject = null;
			tile.remove();
			this.#tiles.delete(id);
			this.#heard.delete(id);
			this.#count();
		}
	}

	clear() {
		for (const id of [...this.#tiles.keys()]) {
			this.remove(id);
		}
	}

	/**
	 * Makes room for what is shared: the tiles become a strip beside it.
	 * @param {boolean} isStrip
	 */
	arrange(isStrip) {
		this.#isStrip = isStrip;
		this.#count();
	}

	#count() {
		this.#root.dataset.people = this.#isStrip ? "strip" : String(this.#tiles.size);
		if (this.#tiles.size < 2) {
			this.#sound.hidden = true;
		}
	}

	/**
	 * Plays a video with sound. Browsers without an active microphone need a click first, so a button appears. A play
	 * interrupted by a new stream restarts by itself.
	 * @param {HTMLVideoElement} video
	 */
	async #play(video) {
		try {
			await video.play();
		} catch (error) {
			if (error instanceof DOMException && error.name === "NotAllowedError") {
				this.#sound.hidden = false;
			}
		}
	}
}
