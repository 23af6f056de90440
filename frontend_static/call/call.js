import { phoneView } from "../help.js";
import { button, isolated, node, ownTabLink } from "../views.js";

// Every feature lists every origin, since the provider's link redirects between its own hosts; a feature without a
// list is allowed for the first host only. https://developer.mozilla.org/docs/Web/HTML/Reference/Elements/iframe#allow
const FEATURES = [
	"camera", "microphone", "display-capture", "autoplay", "fullscreen", "speaker-selection", "screen-wake-lock",
	"clipboard-write",
];
const FRAME_TIMEOUT_MS = 15_000;
const ARRIVED_AFTER_MS = 20_000;

/** A running call: the provider's page in a frame, a bar and a notice above it. */
export class Call {
	#life = new AbortController();
	#frame = document.createElement("iframe");
	#isSlow = false;
	#isArrived = false;
	#timer = 0;
	#onChange;
	#page;

	/**
	 * @param {string} link trusted
	 * @param {CallOptions & Page} options `texts`: the page's and the call's
	 */
	constructor(link, { origins, onChange, onMisled, ...page }) {
		this.link = link;
		this.#page = page;
		this.#onChange = onChange;
		const frame = this.#frame;
		frame.title = page.texts.frameTitle;
		frame.allow = FEATURES.map((feature) => [feature, ...origins].join(" ")).join("; ");
		// No `sandbox`: a call needs scripts, storage, popups and downloads, and the same-origin policy isolates it.
		frame.referrerPolicy = "no-referrer";
		frame.src = link;
		const { signal } = this.#life;
		this.#timer = setTimeout(() => this.#set({ isSlow: true }), FRAME_TIMEOUT_MS);
		frame.addEventListener("load", this.#onLoad, { signal });
		addEventListener("message", (event) => this.#onMessage(event, origins), { signal });
		const onViolation = (/** @type {SecurityPolicyViolationEvent} */ { effectiveDirective, sourceFile }) => {
			if (effectiveDirective !== "frame-src") return;
			// The link that this module has set was redirected to another site.
			if (sourceFile === import.meta.url) return onMisled();
			// The frame has left for another site, or a browser extension has added a frame.
			this.#isArrived = false;
			this.#onLoad();
		};
		document.addEventListener("securitypolicyviolation", onViolation, { signal });
	}

	show(/** @type {HTMLElement} */ stage) {
		const title = node("h1", {}, [isolated(this.#page.clinic.name || this.#page.texts.service)]);
		const bar = node("header", {}, [title, button("leave", this.#page)]);
		stage.replaceChildren(bar, this.#frame);
		this.#frame.focus();
	}

	end() {
		this.#life.abort();
		clearTimeout(this.#timer);
	}

	/** The event to report about the frame itself, or "". */
	get trouble() {
		if (this.#withheld().length) return "withheld";
		return this.#isSlow ? "slow" : this.#isArrived ? "" : "arriving";
	}

	/**
	 * @param {string} event "" for none
	 * @returns {Notice}
	 */
	notice(event) {
		const { texts } = this.#page;
		const names = texts.features.split("|");
		const withheld = this.#withheld().map((feature) => names[FEATURES.indexOf(feature)]);
		const text = (texts[`notice.${event}`] ?? texts[`unreachable.${event}`] ?? "").replace("{features}", withheld.join(", "));
		return { link: this.link, event, text };
	}

	/** Shows the notice with its buttons in place of the previous one. */
	showNotice(/** @type {Notice} */ { event, text }) {
		const actions = { moved: ["moveOver"], changed: ["showChange"] }[event] ?? [];
		const view = node("div", { class: `notice ${event}` }, [
			node("p", {}, [text]),
			...actions.map((action) => button(action, this.#page)),
			event === this.trouble && ownTabLink(this.link, this.#page),
			event === this.trouble && phoneView(this.#page.clinic, this.#page.texts.cannotEnter),
		]);
		const above = this.#frame.previousElementSibling;
		const hadFocus = above?.contains(document.activeElement);
		if (above?.matches(".notice")) above.remove();
		if (event) this.#frame.before(view);
		if (hadFocus) this.#frame.focus();
	}

	#set({ isSlow = false, isArrived = this.#isArrived }) {
		clearTimeout(this.#timer);
		[this.#isSlow, this.#isArrived] = [isSlow, isArrived];
		this.#onChange();
	}

	/** Browsers report a page that does not load as loaded too, so the help stays until its reader had time to see it. */
	#onLoad = () => {
		this.#set({});
		const arrive = () => {
			if (document.hidden) this.#timer = setTimeout(arrive, ARRIVED_AFTER_MS);
			else this.#set({ isArrived: true });
		};
		if (!this.#isArrived) this.#timer = setTimeout(arrive, ARRIVED_AFTER_MS);
	};

	/** The features that our headers or a parent page block in the frame; empty where browsers do not report them. */
	#withheld() {
		const policy = this.#frame.featurePolicy;
		const known = policy?.features() ?? [];
		return FEATURES.filter((feature) => known.includes(feature) && !policy?.allowsFeature(feature));
	}

	/** After the call the provider redirects its frame to our call-ended.html; other senders are ignored. */
	#onMessage(/** @type {MessageEvent} */ { data, origin, source }, /** @type {string[]} */ origins) {
		if (source !== this.#frame.contentWindow) return;
		if (origin === location.origin && data === "call-ended") this.#page.act("callEnded");
		// Only the provider's running page can send a message.
		else if (origins.includes(origin) && !this.#isArrived) this.#set({ isArrived: true });
	}
}
