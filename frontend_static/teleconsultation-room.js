import { CallDataError, fetchCallData } from "./call-data.js";
import { callFrame, trustedLink } from "./call-frame.js";
import { Poller, pauseMs } from "./polling.js";
import { ServerClock } from "./server-clock.js";
import { remainingText } from "./times.js";
import { chooseLanguage, loadTexts } from "./translations.js";
import { callBarView, noticeView, panelView, statusView } from "./views.js";

const DEFAULT_POLL_SECONDS = 30;
const LONGEST_BACKOFF_SECONDS = 30;
const FRAME_TIMEOUT_MS = 15_000;

/** @type {Record<string, string>} */
const STATE_OF_DOOR = { WAITING_FOR_PARTICIPANTS: "waiting", SCHEDULED: "scheduled", OPEN: "open", ENDED: "ended" };
const ENDS_THE_CALL = ["cancelled", "not-participant", "not-found"];
const FINAL = [...ENDS_THE_CALL, "ended", "signed-out"];

/**
 * The way into one visit's call: waits for the door, shows the call, explains every other case.
 * In: attributes `teleconsultation-id`, `api-base-url`, `frame-origins` (separated by spaces), `local-mode`,
 * `language`, then `open(token)`. Out: attribute `state`, event `teleconsultation-state` {state, title, language}.
 */
export class TeleconsultationRoom extends HTMLElement {
	#clock = new ServerClock();
	/** @type {Poller | undefined} */
	#poller;
	/** @type {string | null} */
	#token = null;
	/** @type {Texts | null} */
	#texts = null;
	#language = "";
	/** @type {CallData | null} the last good answer */
	#call = null;
	/** @type {CallDataError | null} what has gone wrong since */
	#problem = null;
	#failures = 0;
	/** @type {string | null} the link of the call that runs in the frame */
	#framed = null;
	#frameIsSlow = false;
	#left = false;
	#drawn = "";
	#frameTimer = 0;
	#countdownTimer = 0;
	// Never drawn anew: a live region speaks only of changes inside it.
	#status = statusView();
	#stage = document.createElement("div");

	/** Starts, or goes on with another token; a running call stays. */
	open(/** @type {string | null} */ token) {
		this.#token = token;
		this.#poller?.stop();
		this.#poller = new Poller(() => this.#ask());
		this.#poller.start();
	}

	disconnectedCallback() {
		this.#poller?.stop();
		clearTimeout(this.#frameTimer);
		clearTimeout(this.#countdownTimer);
	}

	/** @returns {Promise<NextQuestion | null>} */
	async #ask() {
		const poller = this.#poller;
		const [answer] = await Promise.all([this.#fetch(), this.#speak()]);
		if (poller !== this.#poller) return null;
		if (answer instanceof CallDataError) {
			this.#problem = answer;
			this.#failures += 1;
		} else {
			this.#problem = null;
			this.#failures = 0;
			this.#call = answer;
			this.#left &&= answer.state === "OPEN";
			await this.#speak();
		}
		this.#draw();
		return FINAL.includes(this.#next()) && this.#texts ? null : this.#pause();
	}

	async #fetch() {
		const id = this.getAttribute("teleconsultation-id");
		if (!id) return new CallDataError("not-found");
		if (!this.#token) return new CallDataError("signed-out");
		const sentAt = performance.now();
		const apiBaseUrl = this.getAttribute("api-base-url") ?? "/api";
		const language = this.getAttribute("language") ?? "";
		const answer = await fetchCallData({ apiBaseUrl, id, token: this.#token, language });
		if ("serverTime" in answer) this.#clock.sync(answer.serverTime, { sentAt, receivedAt: performance.now() });
		return answer;
	}

	/** Words in the language of the link, the participant or the browser. */
	async #speak() {
		const language = chooseLanguage([this.getAttribute("language"), this.#call?.language, ...navigator.languages]);
		// Without the file the page keeps the words it has, and tries again with the next question.
		const texts = language !== this.#language && (await loadTexts(language));
		if (!texts) return;
		this.#texts = texts;
		this.#language = this.lang = language;
	}

	#pause() {
		if (this.#problem) {
			const { retryAfterSeconds } = this.#problem;
			const backoff = Math.min(2 ** this.#failures, LONGEST_BACKOFF_SECONDS);
			return { pauseMs: pauseMs({ seconds: Math.max(backoff, retryAfterSeconds) }), held: retryAfterSeconds > 0 };
		}
		const seconds = this.#call?.retryAfterSeconds ?? DEFAULT_POLL_SECONDS;
		return { pauseMs: pauseMs({ seconds, untilOpenMs: this.#untilOpenMs() }) };
	}

	#untilOpenMs() {
		return this.#call ? this.#clock.untilMs(this.#call.opensAt) : 0;
	}

	#origins() {
		return (this.getAttribute("frame-origins") ?? "").split(" ");
	}

	#link() {
		const trust = { origins: this.#origins(), localMode: this.hasAttribute("local-mode") };
		return trustedLink(this.#call?.accessLinkURL, trust);
	}

	/** Where the last answer leads, whether or not a running call keeps it from showing. */
	#next() {
		const { kind } = this.#problem ?? {};
		if (kind && kind !== "unreachable") return kind;
		// One lost answer is no news while there is an older one to show.
		if (!this.#call || this.#failures > 1) return "unreachable";
		const state = STATE_OF_DOOR[this.#call.state] ?? "pending";
		if (state !== "open") return state;
		if (!this.#call.accessLinkURL) return "pending";
		if (!this.#link()) return "refused";
		return this.#left ? "left" : "open";
	}

	/** News that can wait until they leave throws nobody out of a call. */
	#notice() {
		const next = this.#next();
		if (next === "open" && this.#link() !== this.#framed) return "moved";
		if (next === "ended" || next === "signed-out") return next;
		if (next !== "open" && next !== "unreachable") return "changed";
		return this.#frameIsSlow ? "slow" : "";
	}

	#draw() {
		const texts = this.#texts;
		if (!texts) return;
		if (!this.#stage.isConnected) this.replaceChildren(this.#status, this.#stage);
		const next = this.#next();
		if (next === "open" || (this.#framed && !ENDS_THE_CALL.includes(next))) this.#drawCall(texts);
		else this.#drawPanel(next, texts);
	}

	#drawCall(/** @type {Texts} */ texts) {
		const page = { texts, act: this.#act };
		const link = this.#framed ?? this.#link() ?? "";
		if (!this.#framed) {
			const frame = callFrame(link, { origins: this.#origins(), title: texts.frameTitle });
			const setSlow = (/** @type {boolean} */ slow) => {
				clearTimeout(this.#frameTimer);
				this.#frameIsSlow = slow;
				if (this.#framed) this.#draw();
			};
			setSlow(false);
			this.#frameTimer = setTimeout(setSlow, FRAME_TIMEOUT_MS, true);
			frame.addEventListener("load", () => setSlow(false));
			this.#framed = link;
			this.#stage.replaceChildren(callBarView(link, page), frame);
			frame.focus();
		}
		const notice = this.#notice();
		if (!this.#isNews("open", { link, notice })) return;
		this.querySelector(".notice")?.remove();
		if (notice) this.querySelector("header")?.after(noticeView({ notice, link }, page));
		this.#status.textContent = texts[notice ? `notice.${notice}` : "open.title"];
	}

	#drawPanel(/** @type {string} */ state, /** @type {Texts} */ texts) {
		const offline = state === "unreachable" && !navigator.onLine;
		const panel = {
			state,
			language: this.#language,
			text: texts[offline ? "unreachable.offline" : `${state}.text`],
			visit: this.#call && { ...this.#call, serverTime: "" },
			link: state === "left" ? this.#link() : null,
		};
		this.#framed = null;
		clearTimeout(this.#frameTimer);
		if (this.#isNews(state, panel)) {
			const hadFocus = this.contains(document.activeElement);
			this.#stage.replaceChildren(panelView(panel, { texts, act: this.#act }));
			if (hadFocus) this.querySelector("h1")?.focus();
			this.#status.textContent = `${texts[`${state}.title`]}. ${panel.text}`;
		}
		this.#countDown();
	}

	/** Whether there is anything to draw; if so, the page hears of it. */
	#isNews(/** @type {string} */ state, /** @type {object} */ description) {
		const drawn = JSON.stringify([state, this.#language, description]);
		if (drawn === this.#drawn) return false;
		this.#drawn = drawn;
		this.setAttribute("state", state);
		const title = `${this.#texts?.[`${state}.title`]} · ${this.#texts?.service}`;
		const detail = { state, title, language: this.#language };
		this.dispatchEvent(new CustomEvent("teleconsultation-state", { detail, bubbles: true }));
		return true;
	}

	#countDown() {
		clearTimeout(this.#countdownTimer);
		const timer = this.querySelector("[role=timer]");
		if (!timer) return;
		const remainingMs = this.#untilOpenMs();
		timer.textContent = remainingText(remainingMs, this.#language);
		if (remainingMs > 0) this.#countdownTimer = setTimeout(() => this.#countDown(), remainingMs % 1_000 || 1_000);
	}

	#act = (/** @type {string} */ action) => {
		if (action === "askNow") {
			this.#poller?.askNow();
			return;
		}
		// Who enters twice loses the first of the two calls, so the frame makes room for the tab.
		this.#left = action === "leave" || action === "ownTab";
		this.#framed = null;
		this.#draw();
	};
}
