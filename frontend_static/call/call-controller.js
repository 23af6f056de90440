import { passOnLink } from "../pass-on-link.js";
import { Call } from "./call.js";
import { TabLock } from "./tab-lock.js";
import { trustedLink } from "./trusted-link.js";

/** Starts, watches and ends the call. */
export class CallController {
	/** @type {Call | null} */
	running = null;
	#room;
	#options;
	#tabLock;
	/** The link whose frame was redirected to an origin that is not trusted. */
	#misleading = "";

	/**
	 * @param {HTMLElement & {help: Help}} room its attributes list the trusted origins
	 * @param {{act: Page["act"], onChange: () => void}} options
	 */
	constructor(room, options) {
		this.#room = room;
		this.#options = options;
		this.#tabLock = new TabLock(options.onChange);
	}

	/** Whether another tab has the call. */
	get isElsewhere() {
		return this.#tabLock.isElsewhere;
	}

	trusted(/** @type {string | null | undefined} */ link) {
		if (link === this.#misleading) return null;
		return trustedLink(link ?? null, { origins: this.#origins(), localMode: this.#room.hasAttribute("local-mode") });
	}

	/**
	 * Takes the call for this tab or sets `isElsewhere`: the provider ends a participant's first call when a second one
	 * starts.
	 * @param {CallData | null} call
	 */
	async lockTab(call, { steal = false } = {}) {
		if (call?.bandyerUserId) await this.#tabLock.acquire(lockName(call), { steal });
	}

	/** Sets `isElsewhere` without taking the call. */
	async checkTab(/** @type {CallData} */ call) {
		if (call.bandyerUserId) await this.#tabLock.check(lockName(call));
	}

	/**
	 * @param {string} link trusted
	 * @param {{stage: HTMLElement, texts: Texts}} where
	 */
	open(link, { stage, texts }) {
		const { act, onChange } = this.#options;
		const onMisled = () => {
			this.#misleading = link;
			this.end();
			onChange();
		};
		const page = { origins: this.#origins(), onChange: () => this.running && onChange(), onMisled, texts, act, clinic: this.#room.help.clinic };
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
		if (state === "open" && visited(link) !== visited(call.link)) return call.notice("moved");
		if (state === "ended" || state === "signed-out") return call.notice(state);
		if (state !== "open" && state !== "unreachable") return call.notice("changed");
		// The provider's page has lost the network too.
		if (state === "unreachable" && !navigator.onLine) return call.notice("offline");
		return call.notice(call.trouble);
	}

	/** Takes the visit's link to another browser; returns the sentence that says so, or how to do it by hand. */
	passOn(/** @type {string} */ link, /** @type {{action: string, texts: Texts}} */ how) {
		return passOnLink(link, { ...how, button: this.#room.querySelector(".copyLink") });
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

/** The link without its language, which the reader may have changed. */
function visited(/** @type {string | null} */ link) {
	const url = new URL(link ?? "", location.href);
	url.searchParams.delete("language");
	return url.href;
}

const lockName = (/** @type {CallData} */ { roomId, bandyerUserId }) => `${roomId}/${bandyerUserId}`;
