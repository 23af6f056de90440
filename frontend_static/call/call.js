import { button, node, ownTabLink } from "../views.js";

// The provider's link redirects between its own hosts, so every feature names every origin: without a value it would
// go to the first one only. https://developer.mozilla.org/docs/Web/HTML/Reference/Elements/iframe#allow
const FEATURES = [
	"camera", "microphone", "display-capture", "autoplay", "fullscreen", "speaker-selection", "screen-wake-lock",
	"clipboard-write",
];
const FRAME_TIMEOUT_MS = 15_000;

/** A running call: the provider's page in a frame, a bar above it, and what the reader has to know of either. */
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
		// No `sandbox`: a call needs scripts, storage, popups and downloads, and another origin is the wall already.
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
		addEventListener("message", this.#hear, { signal });
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

	/** What is wrong with the frame itself. */
	get trouble() {
		return this.#withheld().length ? "withheld" : this.#isSlow ? "slow" : "";
	}

	/**
	 * @param {string} notice "" for none
	 * @returns {News}
	 */
	news(notice) {
		const names = this.#page.texts.features.split("|");
		const withheld = this.#withheld().map((feature) => names[FEATURES.indexOf(feature)]);
		const text = (this.#page.texts[`notice.${notice}`] ?? "").replace("{features}", withheld.join(", "));
		return { link: this.link, notice, text };
	}

	/** Says what changed, and offers what may be done about it. */
	showNotice(/** @type {News} */ { notice, text }) {
		const actions = { moved: ["moveOver"], changed: ["showChange"] }[notice] ?? [];
		const view = node("div", { class: "notice" }, [
			node("p", {}, [text]),
			...actions.map((action) => button(action, this.#page)),
			notice === this.trouble && ownTabLink(this.link, this.#page),
		]);
		const above = this.#frame.previousElementSibling;
		if (above?.className === "notice") above.remove();
		if (notice) this.#frame.before(view);
	}

	/** What our headers, or a page around ours, keep from the frame; nothing where the browser does not tell. */
	#withheld() {
		const policy = this.#frame.featurePolicy;
		const known = policy?.features() ?? [];
		return FEATURES.filter((feature) => known.includes(feature) && !policy?.allowsFeature(feature));
	}

	/** After the call the provider leads its frame to call-ended.html, which is ours; nobody else's word counts. */
	#hear = (/** @type {MessageEvent} */ { data, origin, source }) => {
		const isOurs = origin === location.origin && source === this.#frame.contentWindow;
		if (isOurs && data === "call-ended") this.#page.act("callEnded");
	};
}
