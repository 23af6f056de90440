import { CallDataError, fetchCallData } from "./call-data.js";
import { browserObstacle } from "./obstacles.js";
import { Poller, QUIET_FAILURES, pauseAfterFailureMs, pauseMs } from "./polling.js";
import { ServerClock } from "./server-clock.js";
import { remainingText } from "./times.js";
import { chooseLanguage, loadTexts } from "./translations.js";
import { node, panelView } from "./views.js";

// Longer than a CDN keeps an error.
const DOUBT_SECONDS = 15;
const WAITING = ["waiting", "scheduled", "pending"];

/** @type {Record<string, string>} */
const STATE_OF_DOOR = { WAITING_FOR_PARTICIPANTS: "waiting", SCHEDULED: "scheduled", OPEN: "open", ENDED: "ended" };
const DOUBTED_IN_CALL = ["not-participant", "not-found"];
const ENDS_THE_CALL = [...DOUBTED_IN_CALL, "cancelled", "elsewhere"];
const FINAL = [...ENDS_THE_CALL, "ended", "signed-out"];
const CALL_MODULES = ["call/call-controller", "call/call", "call/copy-link", "call/tab-lock", "call/trusted-link", "load-style"];
/** @type {Record<string, string[]>} */
const ACTIONS = { left: ["reenter"], unreachable: ["askNow"], elsewhere: ["useHere"], cannot: ["copyLink"] };

/**
 * Custom element for one visit: waits for the door, shows the call, explains every other state.
 * In: attributes `teleconsultation-id`, `api-base-url`, `frame-origins` (separated by spaces), `local-mode`,
 * `language`, `logo`, then `open(credential)`. Out: attribute `state`, event `teleconsultation-state`.
 */
export class TeleconsultationRoom extends HTMLElement {
	#clock = new ServerClock();
	/** @type {Poller | undefined} */
	#poller;
	/** @type {string | null} */
	#credential = null;
	/** @type {Texts | null} */
	#texts = null;
	#language = "";
	/** @type {CallData | null} the last good answer */
	#call = null;
	/** @type {CallDataError | null} the last error since then */
	#problem = null;
	#failures = 0;
	/** Whether the last answer was a first refusal during a call. */
	#isDoubted = false;
	/** @type {CallController | null} loaded ahead of the call */
	#controller = null;
	#left = false;
	#obstacle = browserObstacle();
	#drawn = "";
	#countdownTimer = 0;
	// Live region; kept, since screen readers announce only changes inside it.
	#status = node("p", { class: "spoken", role: "status" });
	#stage = document.createElement("div");
	/** @type {WaitingHelp | null | undefined} null while it loads */
	#help;

	/** Starts polling with this credential; a running call continues. */
	open(/** @type {string | null} */ credential) {
		this.#credential = credential;
		this.#isDoubted = false;
		this.#poller?.stop();
		this.#poller = new Poller(() => this.#ask());
		this.#poller.start();
	}

	disconnectedCallback() {
		this.#poller?.stop();
		this.#controller?.end({ leave: true });
		clearTimeout(this.#countdownTimer);
	}

	async #ask() {
		const poller = this.#poller;
		const [answer] = await Promise.all([this.#fetch(), this.#loadTexts()]);
		if (poller !== this.#poller) return null;
		const failures = this.#failures + 1;
		const fail = (/** @type {CallDataError} */ problem) => ([this.#problem, this.#failures] = [problem, failures]);
		const isRefused = answer instanceof CallDataError && DOUBTED_IN_CALL.includes(answer.kind);
		this.#isDoubted = isRefused && Boolean(this.#controller?.running) && !this.#isDoubted;
		if (this.#isDoubted) fail(new CallDataError("unreachable"));
		else if (answer instanceof CallDataError) fail(answer);
		else {
			[this.#problem, this.#failures] = [null, 0];
			this.#call = answer;
			this.#left &&= answer.state === "OPEN";
			await this.#loadTexts();
			const needsCall = answer.state === "OPEN" || this.#obstacle;
			if (needsCall && !this.#drawn) this.#preloadCall();
			if (needsCall && !(await this.#prepareCall())) fail(new CallDataError("unreachable"));
			if (this.#next() === "open" && !this.#controller?.running) await this.#controller?.lockTab(answer);
			if (poller !== this.#poller) return null;
		}
		this.#draw();
		if (this.#isFinal(this.#next()) && this.#texts) return null;
		// Ahead of the door's opening.
		if (this.#call) this.#prepareCall();
		return this.#pause();
	}

	async #fetch() {
		const id = this.getAttribute("teleconsultation-id");
		if (!id) return new CallDataError("not-found");
		if (!this.#credential) return new CallDataError("signed-out");
		const sentAt = performance.now();
		const apiBaseUrl = this.getAttribute("api-base-url") ?? "/api";
		const language = this.getAttribute("language") ?? "";
		const answer = await fetchCallData({ apiBaseUrl, id, credential: this.#credential, language });
		if ("serverTime" in answer) this.#clock.sync(answer.serverTime, { sentAt, receivedAt: performance.now() });
		return answer;
	}

	/** Preloads the call's files: nested imports would cost a round trip each. */
	#preloadCall() {
		const link = (/** @type {string} */ path, /** @type {Record<string, string>} */ kind) =>
			node("link", { href: new URL(path, import.meta.url).href, ...kind });
		document.head.append(
			...CALL_MODULES.map((name) => link(`${name}.js`, { rel: "modulepreload" })),
			link("call/call.css", { rel: "preload", as: "style" }),
			link(`call/texts/${this.#language}.json`, { rel: "preload", as: "fetch", crossorigin: "" }),
		);
	}

	/** Loads what a call needs; returns whether it is all there. */
	async #prepareCall() {
		try {
			const { CallController } = await import("./call/call-controller.js");
			const controller = this.#controller ?? new CallController(this, { act: this.#act, onChange: () => this.#draw() });
			await controller.prepare(this.#language);
			this.#controller ??= controller;
			return true;
		} catch {
			return false;
		}
	}

	/** Loads the texts in the language of the link, the participant or the browser. */
	async #loadTexts() {
		const language = chooseLanguage([this.getAttribute("language"), this.#call?.language, ...navigator.languages]);
		// Without the file the page keeps its texts and tries again with the next request.
		const texts = language !== this.#language && (await loadTexts(language));
		if (!texts) return;
		this.#texts = texts;
		this.#language = this.lang = language;
		this.dir = texts.dir;
	}

	#pause() {
		if (this.#isDoubted) return { pauseMs: pauseMs({ seconds: DOUBT_SECONDS }), held: true };
		if (this.#problem) {
			const { retryAfterSeconds } = this.#problem;
			return { pauseMs: pauseAfterFailureMs({ failures: this.#failures, retryAfterSeconds }) };
		}
		return { pauseMs: pauseMs({ seconds: this.#call?.retryAfterSeconds, untilOpenMs: this.#untilOpenMs() }) };
	}

	#untilOpenMs() {
		return this.#call ? this.#clock.untilMs(this.#call.opensAt) : 0;
	}

	#link() {
		return this.#controller?.trusted(this.#call?.accessLinkURL) ?? null;
	}

	/** The state by the last answer; a running call may cover it. */
	#next() {
		const { kind } = this.#problem ?? {};
		if (kind === "credential-lost") return "signed-out";
		if (kind && kind !== "unreachable") return kind;
		if (this.#controller?.isElsewhere) return "elsewhere";
		// After one lost answer the page keeps showing the previous one.
		if (!this.#call || this.#failures > QUIET_FAILURES) return "unreachable";
		const state = STATE_OF_DOOR[this.#call.state] ?? "pending";
		if (state === "ended") return state;
		if (this.#obstacle) return this.#controller ? "cannot" : "unreachable";
		if (state !== "open") return state;
		if (!this.#call.accessLinkURL) return "pending";
		if (!this.#controller) return "unreachable";
		if (!this.#link()) return "refused";
		return this.#left ? "left" : "open";
	}

	#isFinal(/** @type {string} */ state) {
		return FINAL.includes(state) && this.#problem?.kind !== "credential-lost";
	}

	/** @returns {Texts} the page's texts and the call's */
	get #allTexts() {
		return { ...this.#texts, ...this.#controller?.texts };
	}

	#draw() {
		if (!this.#texts) return;
		const texts = this.#allTexts;
		if (!this.#stage.isConnected) this.replaceChildren(this.#status, this.#stage);
		const next = this.#next();
		if (next === "open" || (this.#controller?.running && !ENDS_THE_CALL.includes(next))) this.#drawCall(texts);
		else this.#drawPanel(next, texts);
	}

	#drawCall(/** @type {Texts} */ texts) {
		const [controller, link] = [this.#controller, this.#link()];
		if (!controller) return;
		if (link && !controller.running) {
			// Ends our device check, which would keep the camera from the frame.
			this.#showHelp("open");
			controller.open(link, { stage: this.#stage, texts });
		}
		const notice = controller.notice({ state: this.#next(), link });
		if (!this.#hasChanged("open", notice)) return;
		controller.running?.showNotice(notice);
		this.#status.textContent = notice.text || texts["open.title"];
	}

	#drawPanel(/** @type {string} */ state, /** @type {Texts} */ texts) {
		const offline = state === "unreachable" && !navigator.onLine;
		const variant = state === "cannot" ? this.#obstacle : offline ? "offline" : "text";
		const panel = {
			state,
			language: this.#language,
			text: texts[`${state}.${variant}`],
			logo: this.getAttribute("logo"),
			visit: this.#call && { ...this.#call, serverTime: "", retryAfterSeconds: null },
			link: state === "left" ? this.#link() : null,
			actions: [...(ACTIONS[state] ?? []), ...(variant === "inApp" ? ["goOn"] : [])],
		};
		this.#controller?.end({ leave: true });
		this.#showHelp(state);
		// Built first: if it throws, the next answer draws again.
		const view = panelView(panel, { texts, act: this.#act });
		if (this.#hasChanged(state, panel)) {
			const hadFocus = this.contains(document.activeElement);
			this.#stage.replaceChildren(view);
			if (hadFocus) this.querySelector("h1")?.focus();
			this.#status.textContent = `${texts[`${state}.title`]}. ${panel.text}`;
		}
		this.#countDown();
	}

	/** Returns whether the view has changed; if so, reports the state. */
	#hasChanged(/** @type {string} */ state, /** @type {object} */ description) {
		const drawn = JSON.stringify([state, this.#language, description]);
		if (drawn === this.#drawn) return false;
		this.#drawn = drawn;
		this.setAttribute("state", state);
		const title = `${this.#allTexts[`${state}.title`]} · ${this.#allTexts.service}`;
		const detail = { state, title, language: this.lang, dir: this.dir, isFinal: this.#isFinal(state) };
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

	/** Loads the waiting help after the first panel, then shows it. */
	#showHelp(/** @type {string} */ state) {
		this.#help?.show(state, this.#language);
		if (this.#help !== undefined || !WAITING.includes(state)) return;
		this.#help = null;
		import("./waiting/waiting-help.js").then(
			({ WaitingHelp }) => {
				const help = (this.#help = new WaitingHelp(WAITING));
				this.append(help.element);
				help.show(this.getAttribute("state") ?? "", this.#language);
			},
			() => (this.#help = undefined),
		);
	}

	#act = async (/** @type {string} */ action) => {
		if (action === "askNow") return this.#poller?.askNow();
		if (action === "copyLink") {
			const link = `${location.href.split("#")[0]}#${this.#credential}`;
			this.#status.textContent = (await this.#controller?.copyLink(link)) ?? "";
			return;
		}
		if (action === "useHere") {
			await this.#controller?.lockTab(this.#call, { steal: true });
			return this.open(this.#credential);
		}
		if (action === "goOn") this.#obstacle = "";
		if (action === "reenter") await this.#controller?.lockTab(this.#call);
		// A participant's second call ends the first, so the frame closes for the tab.
		this.#left = ["leave", "callEnded", "ownTab"].includes(action);
		this.#controller?.end();
		this.#draw();
		if (action === "callEnded") this.#poller?.askNow();
	};
}
