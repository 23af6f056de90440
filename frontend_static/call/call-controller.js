import { loadStyle } from "../load-style.js";
import { loadTexts } from "../translations.js";
import { Call } from "./call.js";
import { copyLink } from "./copy-link.js";
import { TabLock } from "./tab-lock.js";
import { trustedLink } from "./trusted-link.js";

/** Starts, watches and ends the call. The page loads this module, its texts and style while it waits. */
export class CallController {
	/** @type {Call | null} */
	running = null;
	/** True while another tab has the call. */
	isElsewhere = false;
	/** @type {Texts} */
	texts = {};
	#language = "";
	#room;
	#options;
	#tabLock = new TabLock(() => {
		this.isElsewhere = true;
		this.#options.onChange();
	});

	/**
	 * @param {HTMLElement} room its attributes list the trusted origins
	 * @param {{act: Page["act"], onChange: () => void}} options
	 */
	constructor(room, options) {
		this.#room = room;
		this.#options = options;
	}

	/** Loads texts and style; throws if a file does not load. */
	async prepare(/** @type {string} */ language) {
		const needsTexts = language !== this.#language;
		const style = loadStyle(new URL("call.css", import.meta.url));
		const [texts] = await Promise.all([needsTexts && loadTexts(language, "call/texts"), style]);
		if (texts) [this.#language, this.texts] = [language, texts];
		if (!this.#language) throw new Error("the call's texts did not load");
	}

	trusted(/** @type {string | null | undefined} */ link) {
		return trustedLink(link ?? null, { origins: this.#origins(), localMode: this.#room.hasAttribute("local-mode") });
	}

	/**
	 * Sets `isElsewhere`: the provider ends a participant's first call when a second one starts.
	 * @param {CallData | null} call
	 */
	async lockTab(call, { steal = false } = {}) {
		if (call?.bandyerUserId) {
			this.isElsewhere = !(await this.#tabLock.acquire(`${call.roomId}/${call.bandyerUserId}`, { steal }));
		}
	}

	/**
	 * @param {string} link trusted
	 * @param {{stage: HTMLElement, texts: Texts}} where
	 */
	open(link, { stage, texts }) {
		const { act, onChange } = this.#options;
		const page = { origins: this.#origins(), onChange: () => this.running && onChange(), texts, act };
		this.running = new Call(link, page);
		this.running.show(stage);
	}

	/**
	 * The notice to show over the running call. Non-urgent changes are shown as a notice and do not end the call.
	 * @param {{state: string, link: string | null}} last state and link of the last answer
	 */
	notice({ state, link }) {
		const call = this.running;
		if (!call) return { link: "", event: "", text: "" };
		if (state === "open" && link !== call.link) return call.notice("moved");
		if (state === "ended" || state === "signed-out") return call.notice(state);
		if (state !== "open" && state !== "unreachable") return call.notice("changed");
		return call.notice(call.trouble);
	}

	/** Copies the visit's link for another browser; returns the sentence that says so, or how to do it by hand. */
	copyLink(/** @type {string} */ link) {
		return copyLink(link, { button: this.#room.querySelector(".copyLink"), texts: this.texts });
	}

	/** Ends the call; `leave` also releases the tab lock. */
	end({ leave = false } = {}) {
		this.running?.end();
		this.running = null;
		if (leave) this.#tabLock.release();
	}

	#origins() {
		return (this.#room.getAttribute("frame-origins") ?? "").split(" ");
	}
}
