import { button, node, ownTabLink } from "../views.js";

// Every feature lists every origin, since the provider's link redirects between its own hosts; a feature without a
// list is allowed for the first host only. https://developer.mozilla.org/docs/Web/HTML/Reference/Elements/iframe#allow
const FEATURES = [
	"camera", "microphone", "display-capture", "autoplay", "fullscreen", "speaker-selection", "screen-wake-lock",
	"clipboard-write",
];
const FRAME_TIMEOUT_MS = 15_000;

/** A running call: the provider's page in a frame, a bar and a notice above it. */
export class Call {
	#life = new AbortController();
	#frame = document.createElement("iframe");
	#isSlow = false;
	#timer = 0;
	#page;

	/**
	 * @param {string} link trusted
	 * @param {{origins: string[], onChange: () => void} & Page} options `texts`: the page's and the call's
	 */
	constructor(link, { origins, onChange, ...page }) {
		this.link = link;
		this.#page = page;
		const frame = this.#frame;
		frame.title = page.texts.frameTitle;
		frame.allow = FEATURES.map((feature) => [feature, ...origins].join(" ")).join("; ");
		// No `sandbox`: a call needs scripts, storage, popups and downloads, and the same-origin policy isolates it.
		frame.referrerPolicy = "no-referrer";
		frame.src = link;
		const { signal } = this.#life;
		const setSlow = (/** @type {boolean} */ isSlow) => {
			clearTimeout(this.#timer);
			this.#isSlow = isSlow;
			onChange();
		};
		this.#timer = setTimeout(setSlow, FRAME_TIMEOUT_MS, true);
		frame.addEventListener("load", () => setSlow(false), { signal });
		addEventListener("message", this.#onMessage, { signal });
	}

	show(/** @type {HTMLElement} */ stage) {
		const title = node("h1", {}, [this.#page.texts.service]);
		const bar = node("header", {}, [title, ownTabLink(this.link, this.#page), button("leave", this.#page)]);
		stage.replaceChildren(bar, this.#frame);
		this.#frame.focus();
	}

	end() {
		this.#life.abort();
		clearTimeout(this.#timer);
	}

	/** The event to report about the frame itself, or "". */
	get trouble() {
		return this.#withheld().length ? "withheld" : this.#isSlow ? "slow" : "";
	}

	/**
	 * @param {string} event "" for none
	 * @returns {Notice}
	 */
	notice(event) {
		const names = this.#page.texts.features.split("|");
		const withheld = this.#withheld().map((feature) => names[FEATURES.indexOf(feature)]);
		const text = (this.#page.texts[`notice.${event}`] ?? "").replace("{features}", withheld.join(", "));
		return { link: this.link, event, text };
	}

	/** Shows the notice with its buttons in place of the previous one. */
	showNotice(/** @type {Notice} */ { event, text }) {
		const actions = { moved: ["moveOver"], changed: ["showChange"] }[event] ?? [];
		const view = node("div", { class: "notice" }, [
			node("p", {}, [text]),
			...actions.map((action) => button(action, this.#page)),
			event === this.trouble && ownTabLink(this.link, this.#page),
		]);
		const above = this.#frame.previousElementSibling;
		if (above?.className === "notice") above.remove();
		if (event) this.#frame.before(view);
	}

	/** The features that our headers or a parent page block in the frame; empty where browsers do not report them. */
	#withheld() {
		const policy = this.#frame.featurePolicy;
		const known = policy?.features() ?? [];
		return FEATURES.filter((feature) => known.includes(feature) && !policy?.allowsFeature(feature));
	}

	/** After the call the provider redirects its frame to our call-ended.html; other senders are ignored. */
	#onMessage = (/** @type {MessageEvent} */ { data, origin, source }) => {
		const isOurs = origin === location.origin && source === this.#frame.contentWindow;
		if (isOurs && data === "call-ended") this.#page.act("callEnded");
	};
}
