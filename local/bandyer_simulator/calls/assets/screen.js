import { allowsFeature } from "./own-media.js";
import { announce, element, hint, part, settings, text } from "./page.js";

// Enough to read what moves slowly.
const CONSTRAINTS = { video: { frameRate: { max: 15 } }, audio: false };

/** The shared screen: our own, as the third medium of each connection, or another person's. */
export class Screen {
	#use;
	#send;
	#onShown;
	#button = element("share", HTMLButtonElement);
	#figure = element("screen", HTMLElement);
	/** @type {MediaStreamTrack | null} */
	#track = null;
	/** @type {string | null} the person who shares, by the server's word */
	presenter = null;

	/**
	 * @param {object} options
	 * @param {(track: MediaStreamTrack | null) => void} options.use
	 * @param {(on: boolean) => Promise<boolean>} options.send
	 * @param {() => void} options.onShown runs when another person's screen appears or disappears
	 */
	constructor({ use, send, onShown }) {
		this.#use = use;
		this.#send = send;
		this.#onShown = onShown;
		// Browsers of telephones cannot share a screen.
		this.#button.hidden =
			!settings.tools.has("screen_sharing") || !navigator.mediaDevices?.getDisplayMedia;
		this.#button.addEventListener("click", () => void (this.#track ? this.#end() : this.#begin()));
	}

	/** Whether another person's screen is shown. */
	get isShown() {
		return !this.#figure.hidden;
	}

	/**
	 * @param {string | null} presenter
	 * @param {{me: string, person?: {name: string, screen: MediaStream}}} people
	 */
	show(presenter, { me, person }) {
		const isOwn = presenter !== null && presenter === me;
		this.presenter = presenter;
		this.#figure.hidden = !person;
		const video = part(this.#figure, "video", HTMLVideoElement);
		video.srcObject = person?.screen ?? null;
		if (person) {
			const shares = text("shares", { name: person.name });
			part(this.#figure, "figcaption", HTMLElement).textContent = shares;
			video.setAttribute("aria-label", shares);
			announce(shares);
		}
		element("sharing", HTMLElement).hidden = !isOwn;
		if (isOwn) {
			announce(text("sharing"));
		}
		part(this.#button, "span", HTMLElement).textContent = text(isOwn ? "unshare" : "share");
		this.#button.classList.toggle("off", isOwn);
		this.#onShown();
	}

	/** Shares again what was shared before the connection was lost. */
	resume() {
		if (this.#track) {
			void this.#announceOwn();
		}
	}

	/** Releases the screen. */
	stop() {
		this.#track?.stop();
		this.#track = null;
		this.#use(null);
	}

	async #begin() {
		if (this.presenter) {
			hint(text("share_taken"));
			return;
		}
		const track = await this.#capture();
		if (!track) {
			return;
		}
		// Readable text is more important than smooth movement.
		track.contentHint = "detail";
		// Ended in the browser's controls; our own stop() raises no event.
		track.addEventListener("ended", () => void this.#end());
		this.#track = track;
		this.#use(track);
		await this.#announceOwn();
	}

	async #capture() {
		try {
			return (await navigator.mediaDevices.getDisplayMedia(CONSTRAINTS)).getVideoTracks()[0];
		} catch (error) {
			if (!allowsFeature("display-capture")) {
				hint(text("blocked_policy", { device: text("device_screen") }));
			} else if (!(error instanceof DOMException && error.name === "NotAllowedError")) {
				hint(text("share_failed"));
			}
			// Otherwise the person chose nothing in the browser's prompt.
			return null;
		}
	}

	/** Tells the others; without the server's consent nothing is shared. */
	async #announceOwn() {
		if (!(await this.#send(true))) {
			this.stop();
			hint(text("share_failed"));
		}
	}

	async #end() {
		this.stop();
		await this.#send(false);
	}
}
