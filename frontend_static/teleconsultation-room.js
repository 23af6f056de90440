import { CallDataError, fetchCallData } from "./call-data.js";
import { browserObstacle } from "./obstacles.js";
import { Poller, pauseMs } from "./polling.js";
import { ServerClock } from "./server-clock.js";
import { remainingText } from "./times.js";
import { chooseLanguage, loadTexts } from "./translations.js";
import { node, panelView } from "./views.js";

const DEFAULT_POLL_SECONDS = 30;
const LONGEST_BACKOFF_SECONDS = 30;
const WAITS = ["waiting", "scheduled", "pending"];

/** @type {Record<string, string>} */
const STATE_OF_DOOR = { WAITING_FOR_PARTICIPANTS: "waiting", SCHEDULED: "scheduled", OPEN: "open", ENDED: "ended" };
const ENDS_THE_CALL = ["cancelled", "not-participant", "not-found", "elsewhere"];
const FINAL = [...ENDS_THE_CALL, "ended", "signed-out"];
const CALL_MODULES = ["call/call-desk", "call/call", "call/only-tab", "call/trusted-link", "load-style"];
/** @type {Record<string, string[]>} */
const ACTIONS = { left: ["reenter"], unreachable: ["askNow"], elsewhere: ["useHere"], cannot: ["copyLink"] };

/**
 * The way into one visit's call: waits for the door, shows the call, explains every other case.
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
	/** @type {CallDataError | null} what has gone wrong since */
	#problem = null;
	#failures = 0;
	/** @type {Desk | null} loaded while there is time */
	#desk = null;
	#left = false;
	#obstacle = browserObstacle();
	#drawn = "";
	#countdownTimer = 0;
	// What screen readers say unasked; never drawn anew, because they hear only of changes inside it.
	#status = node("p", { class: "spoken", role: "status" });
	#stage = document.createElement("div");
	/** @type {Help | null | undefined} null while it loads */
	#help;

	/** Starts, or goes on with another credential; a running call stays. */
	open(/** @type {string | null} */ credential) {
		this.#credential = credential;
		this.#poller?.stop();
		this.#poller = new Poller(() => this.#ask());
		this.#poller.start();
	}

	disconnectedCallback() {
		this.#poller?.stop();
		this.#desk?.end({ leave: true });
		clearTimeout(this.#countdownTimer);
	}

	async #ask() {
		const poller = this.#poller;
		const [answer] = await Promise.all([this.#fetch(), this.#speak()]);
		if (poller !== this.#poller) return null;
		const failures = this.#failures + 1;
		const fail = (/** @type {CallDataError} */ problem) => ([this.#problem, this.#failures] = [problem, failures]);
		if (answer instanceof CallDataError) fail(answer);
		else {
			[this.#problem, this.#failures] = [null, 0];
			this.#call = answer;
			this.#left &&= answer.state === "OPEN";
			await this.#speak();
			const needsCall = answer.state === "OPEN" || this.#obstacle;
			if (needsCall && !this.#drawn) this.#preloadCall();
			if (needsCall && !(await this.#prepareCall())) fail(new CallDataError("unreachable"));
			if (this.#next() === "open" && !this.#desk?.running) await this.#desk?.claim(answer);
			if (poller !== this.#poller) return null;
		}
		this.#draw();
		if (FINAL.includes(this.#next()) && this.#texts) return null;
		// Ahead of time, so that the door need not wait for it.
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

	/** For who comes to an open door: found one in the other, the call's files would cost a trip each. */
	#preloadCall() {
		const link = (/** @type {string} */ path, /** @type {Record<string, string>} */ kind) =>
			node("link", { href: new URL(path, import.meta.url).href, ...kind });
		document.head.append(
			...CALL_MODULES.map((name) => link(`${name}.js`, { rel: "modulepreload" })),
			link("call/call.css", { rel: "preload", as: "style" }),
			link(`call/texts/${this.#language}.json`, { rel: "preload", as: "fetch", crossorigin: "" }),
		);
	}

	/** Whether all is there for a call; what did not come is asked for again. */
	async #prepareCall() {
		try {
			const { CallDesk } = await import("./call/call-desk.js");
			const desk = this.#desk ?? new CallDesk(this, { act: this.#act, onChange: () => this.#draw() });
			await desk.prepare(this.#language);
			this.#desk ??= desk;
			return true;
		} catch {
			return false;
		}
	}

	/** Words in the language of the link, the participant or the browser. */
	async #speak() {
		const language = chooseLanguage([this.getAttribute("language"), this.#call?.language, ...navigator.languages]);
		// Without the file the page keeps the words it has, and tries again with the next question.
		const texts = language !== this.#language && (await loadTexts(language));
		if (!texts) return;
		this.#texts = texts;
		this.#language = this.lang = language;
		this.dir = texts.dir;
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

	#link() {
		return this.#desk?.trusted(this.#call?.accessLinkURL) ?? null;
	}

	/** Where the last answer leads, whether or not a running call keeps it from showing. */
	#next() {
		const { kind } = this.#problem ?? {};
		if (kind && kind !== "unreachable") return kind;
		if (this.#desk?.isElsewhere) return "elsewhere";
		// One lost answer is no news while there is an older one to show.
		if (!this.#call || this.#failures > 1) return "unreachable";
		const state = STATE_OF_DOOR[this.#call.state] ?? "pending";
		if (state === "ended") return state;
		if (this.#obstacle) return this.#desk ? "cannot" : "unreachable";
		if (state !== "open") return state;
		if (!this.#call.accessLinkURL) return "pending";
		if (!this.#desk) return "unreachable";
		if (!this.#link()) return "refused";
		return this.#left ? "left" : "open";
	}

	/** @returns {Texts} the page's and the call's */
	get #words() {
		return { ...this.#texts, ...this.#desk?.texts };
	}

	#draw() {
		if (!this.#texts) return;
		const texts = this.#words;
		if (!this.#stage.isConnected) this.replaceChildren(this.#status, this.#stage);
		const next = this.#next();
		if (next === "open" || (this.#desk?.running && !ENDS_THE_CALL.includes(next))) this.#drawCall(texts);
		else this.#drawPanel(next, texts);
	}

	#drawCall(/** @type {Texts} */ texts) {
		const [desk, link] = [this.#desk, this.#link()];
		if (!desk) return;
		if (link && !desk.running) {
			// Before the frame asks for the camera, our own check lets go of it.
			this.#showHelp("open");
			desk.open(link, { stage: this.#stage, texts });
		}
		const news = desk.news({ state: this.#next(), link });
		if (!this.#isNews("open", news)) return;
		desk.running?.showNotice(news);
		this.#status.textContent = news.text || texts["open.title"];
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
		this.#desk?.end({ leave: true });
		this.#showHelp(state);
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
		const title = `${this.#words[`${state}.title`]} · ${this.#words.service}`;
		const detail = { state, title, language: this.lang, dir: this.dir };
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

	/** Device check, sound and a screen that stays on come once there is time: the words are first. */
	#showHelp(/** @type {string} */ state) {
		this.#help?.show(state, this.#language);
		if (this.#help !== undefined || !WAITS.includes(state)) return;
		this.#help = null;
		import("./waiting/waiting-help.js").then(
			({ WaitingHelp }) => {
				const help = (this.#help = new WaitingHelp(WAITS));
				this.append(help.element);
				help.show(this.getAttribute("state") ?? "", this.#language);
			},
			() => (this.#help = undefined),
		);
	}

	#act = async (/** @type {string} */ action) => {
		if (action === "askNow") return this.#poller?.askNow();
		if (action === "copyLink") {
			await navigator.clipboard.writeText(`${location.href.split("#")[0]}#${this.#credential}`);
			this.#status.textContent = this.#words.copied;
			return;
		}
		if (action === "useHere") {
			await this.#desk?.claim(this.#call, { take: true });
			return this.open(this.#credential);
		}
		if (action === "goOn") this.#obstacle = "";
		if (action === "reenter") await this.#desk?.claim(this.#call);
		// Who enters twice loses the first of the two calls, so the frame makes room for the tab.
		this.#left = ["leave", "callEnded", "ownTab"].includes(action);
		this.#desk?.end();
		this.#draw();
		if (action === "callEnded") this.#poller?.askNow();
	};
}
