import { loadStyle } from "../load-style.js";
import { loadTexts } from "../translations.js";
import { Call } from "./call.js";
import { OnlyTab } from "./only-tab.js";
import { trustedLink } from "./trusted-link.js";

/** All that a call needs beyond the page that waits for it, which loads this while there is time. */
export class CallDesk {
	/** @type {Call | null} */
	running = null;
	/** Another tab has the call. */
	isElsewhere = false;
	/** @type {Texts} */
	texts = {};
	#language = "";
	#room;
	#options;
	#tab = new OnlyTab(() => {
		this.isElsewhere = true;
		this.#options.onChange();
	});

	/**
	 * @param {HTMLElement} room whose attributes say what to trust
	 * @param {{act: Page["act"], onChange: () => void}} options
	 */
	constructor(room, options) {
		this.#room = room;
		this.#options = options;
	}

	/** Fetches words and style; fails when they cannot be had now. */
	async prepare(/** @type {string} */ language) {
		const needsTexts = language !== this.#language;
		const style = loadStyle(new URL("call.css", import.meta.url));
		const [texts] = await Promise.all([needsTexts && loadTexts(language, "call/texts"), style]);
		if (texts) [this.#language, this.texts] = [language, texts];
		if (!this.#language) throw new Error("no words for a call");
	}

	trusted(/** @type {string | null | undefined} */ link) {
		return trustedLink(link ?? null, { origins: this.#origins(), localMode: this.#room.hasAttribute("local-mode") });
	}

	/**
	 * Makes this the tab that is in the call: the provider would end the first of one participant's two.
	 * @param {CallData | null} call
	 */
	async claim(call, { take = false } = {}) {
		if (call?.bandyerUserId) {
			this.isElsewhere = !(await this.#tab.claim(`${call.roomId}/${call.bandyerUserId}`, { take }));
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
	 * What the reader has to know about the running call. News that can wait until they leave throws nobody out of it.
	 * @param {{state: string, link: string | null}} last what the last answer leads to
	 */
	news({ state, link }) {
		const call = this.running;
		if (!call) return { link: "", notice: "", text: "" };
		if (state === "open" && link !== call.link) return call.news("moved");
		if (state === "ended" || state === "signed-out") return call.news(state);
		if (state !== "open" && state !== "unreachable") return call.news("changed");
		return call.news(call.trouble);
	}

	/** The frame goes; `leave`: other tabs may have the call. */
	end({ leave = false } = {}) {
		this.running?.end();
		this.running = null;
		if (leave) this.#tab.release();
	}

	#origins() {
		return (this.#room.getAttribute("frame-origins") ?? "").split(" ");
	}
}
