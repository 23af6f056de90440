import { CallController } from "./call/call-controller.js";
import { CallDataError, fetchCalendarFile, fetchCallData, requestRoomCheck } from "./call-data.js";
import { Consent } from "./consent.js";
import { helpView, troubleCode } from "./help.js";
import { browserObstacle, waysToPassOn } from "./obstacles.js";
import { Poller, QUIET_FAILURES, pauseAfterFailureMs, pauseMs } from "./polling.js";
import { ServerClock } from "./server-clock.js";
import { remainingText, timeText, visitTimes } from "./times.js";
import { chooseLanguage, languageNames, textsIn } from "./translations.js";
import { isTrouble, node, panelView } from "./views.js";
import { Presence, waitingSentence, withoutOwnWaiting } from "./waiting/presence.js";
import { WaitingHelp } from "./waiting/waiting-help.js";

// Longer than a CDN keeps an error.
const DOUBT_SECONDS = 15;
// A visit that is over may be moved.
const ENDED_POLL_SECONDS = 600;
const STATUS_MS = 10_000;
const AFTER_THE_CALL = ["left", "ended"];
const WAITING = ["waiting", "scheduled", "pending", "ready"];

/** @type {Record<string, string>} */
const STATE_OF_DOOR = { WAITING_FOR_PARTICIPANTS: "waiting", SCHEDULED: "scheduled", OPEN: "open", ENDED: "ended" };
const DOUBTED_IN_CALL = ["not-participant", "not-found"];
const ENDS_THE_CALL = [...DOUBTED_IN_CALL, "cancelled", "elsewhere"];
// In these states the credential is of no use.
const FINAL = [...DOUBTED_IN_CALL, "cancelled", "incomplete", "sign-in", "ended", "signed-out"];
// The service does not accept the credential.
const SIGNED_OUT = ["credential-lost", "expired", "signed-out"];
/** @type {Record<string, string[]>} */
const ACTIONS = {
	ready: ["enter"],
	left: ["reenter"],
	"own-tab": ["bringBack"],
	unreachable: ["askNow"],
	"sign-in": ["signIn"],
	elsewhere: ["useHere"],
};
// The reader may have left because the provider has lost the room.
const ENTERS_AGAIN = ["reenter", "bringBack"];
/** @typedef {"ready" | "open" | "left" | "own-tab"} Place */
/** @type {Record<string, Place>} */
const PLACE_AFTER = {
	enter: "open",
	reenter: "open",
	useHere: "open",
	bringBack: "open",
	moveOver: "open",
	leave: "left",
	callEnded: "left",
	ownTab: "own-tab",
};

/**
 * Custom element for one visit: waits for the door, shows the call, explains every other state.
 * In: attributes `teleconsultation-id`, `api-base-url`, `frame-origins` (separated by spaces), `local-mode`,
 * `enters-directly`, `sign-in-failed`, `language`, `logo`, `logo-name`, properties `help`, `consent` and `signIn`, then
 * `open(credential)`. Out: attribute `state`, event `teleconsultation-state`.
 */
export class TeleconsultationRoom extends HTMLElement {
	/** @type {Help} */
	help = { clinic: {}, links: {} };
	/** What readers agree to before they enter. */
	consent = new Consent();
	/** @type {((visit: SignInVisit) => Promise<void>) | null} leads a reader without a credential to where they sign in */
	signIn = null;
	#clock = new ServerClock();
	/** @type {Poller | undefined} */
	#poller;
	/** @type {string | null} */
	#credential = null;
	/** @type {Texts} */
	#texts = {};
	#language = "";
	/** @type {CallData | null} the last good answer */
	#call = null;
	/** @type {CallDataError | null} the last error since then */
	#problem = null;
	#failures = 0;
	/** Whether the last answer was a first refusal during a call. */
	#isDoubted = false;
	#controller = new CallController(this, { act: (action) => this.#act(action), onChange: () => this.#draw() });
	/** @type {Place | null} where the reader is while the door is open; null until the door has opened */
	#place = null;
	/** Whether the reader has pressed "Enter" and their consent is being stored. */
	#isEntering = false;
	#isMoved = false;
	#obstacle = browserObstacle();
	#drawn = "";
	#countdownTimer = 0;
	#statusTimer = 0;
	// Live region; kept, since screen readers announce only changes inside it.
	#status = node("p", { class: "spoken", role: "status" });
	#stage = document.createElement("div");
	/** The page's help, in the same place in every state. */
	#footer = document.createElement("footer");
	#footerDrawn = "";
	/** @type {HTMLSelectElement | undefined} kept, so that a press on its arrow survives a new answer */
	#languages;
	/** @type {WaitingHelp | null} made when it is first shown */
	#help = null;
	#presence = new Presence();

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
		this.#controller.end({ leave: true });
		clearTimeout(this.#countdownTimer);
		clearTimeout(this.#statusTimer);
	}

	async #ask() {
		const poller = this.#poller;
		const answer = await this.#fetch();
		if (poller !== this.#poller) return null;
		const failures = this.#failures + 1;
		const fail = (/** @type {CallDataError} */ problem) => ([this.#problem, this.#failures] = [problem, failures]);
		const isRefused = answer instanceof CallDataError && DOUBTED_IN_CALL.includes(answer.kind);
		this.#isDoubted = isRefused && Boolean(this.#controller.running) && !this.#isDoubted;
		if (this.#isDoubted) fail(new CallDataError("unreachable"));
		else if (answer instanceof CallDataError) fail(answer);
		else {
			[this.#problem, this.#failures] = [null, 0];
			const { startDate, endDate } = this.#call ?? answer;
			this.#isMoved ||= answer.startDate !== startDate || answer.endDate !== endDate;
			this.#call = answer;
			if (answer.state !== "OPEN" && !this.#controller.running) this.#place = null;
			const next = this.#next();
			if (next === "ready" || next === "left") await this.#controller.checkTab(answer);
			if (next === "open" && !this.#controller.running) await this.#controller.lockTab(answer);
			if (poller !== this.#poller) return null;
		}
		this.#chooseTexts();
		this.#draw();
		if (answer === this.#call) this.#tellService();
		if (this.#isFinal(this.#next()) && !this.#isOver()) return null;
		return this.#pause();
	}

	async #fetch() {
		const id = this.getAttribute("teleconsultation-id");
		if (!id) return new CallDataError("not-found");
		if (!this.#credential) return new CallDataError(this.signIn ? "sign-in" : "incomplete");
		const apiBaseUrl = this.getAttribute("api-base-url") ?? "/api";
		const language = this.getAttribute("language") ?? "";
		return fetchCallData({ apiBaseUrl, id, credential: this.#credential, language }, this.#clock);
	}

	/** @returns {VisitRequest | null} */
	get #request() {
		const [id, credential] = [this.getAttribute("teleconsultation-id"), this.#credential];
		const apiBaseUrl = this.getAttribute("api-base-url") ?? "/api";
		return id && credential ? { apiBaseUrl, id, credential } : null;
	}

	async #loadCalendarFile() {
		return this.#request && fetchCalendarFile({ ...this.#request, language: this.#language });
	}

	async #checkRoom() {
		if (this.#request) await requestRoomCheck(this.#request);
	}

	#tellService() {
		const isWaiting = WAITING.includes(this.#next()) && !this.#controller.running;
		if (!this.#request) return;
		this.#presence.tell(this.#request, { isWaiting, untilOpenMs: this.#untilOpenMs() });
		this.consent.repeat(this.#request, this.#call);
	}

	/** Takes the texts in the language of the link, the participant or the browser. */
	#chooseTexts() {
		const language = chooseLanguage([this.getAttribute("language"), this.#call?.language, ...navigator.languages]);
		this.#texts = textsIn(language);
		this.#language = this.lang = language;
		this.dir = this.#texts.dir;
	}

	#pause() {
		if (this.#isDoubted) return { pauseMs: pauseMs({ seconds: DOUBT_SECONDS }), held: true };
		if (this.#isOver()) return { pauseMs: pauseMs({ seconds: ENDED_POLL_SECONDS }) };
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
		return this.#controller.trusted(this.#call?.accessLinkURL);
	}

	#isOver() {
		return this.#call?.state === "ENDED";
	}

	/** Whether the door was open by the last good answer, and cannot have closed since. */
	#mayEnter() {
		const { state, closesAt } = this.#call ?? {};
		return state === "OPEN" && this.#link() && navigator.onLine && this.#clock.untilMs(closesAt ?? "") > 0;
	}

	/** The state by the last answer; a running call may cover it. */
	#next() {
		// Later errors, as of an expired sign-in, are no news to a reader who has finished.
		if (this.#isOver() && !this.#controller.running) return "ended";
		const { kind } = this.#problem ?? {};
		if (kind && SIGNED_OUT.includes(kind)) return "signed-out";
		if (kind && kind !== "unreachable") return kind;
		if (this.#controller.isElsewhere && this.#call?.state === "OPEN") return "elsewhere";
		// After one lost answer the page keeps showing the previous one; entering needs only the provider.
		if (!this.#call || (this.#failures > QUIET_FAILURES && !this.#mayEnter())) return "unreachable";
		const state = STATE_OF_DOOR[this.#call.state] ?? "pending";
		if (state === "ended") return state;
		if (this.#obstacle) return "cannot";
		if (state !== "open") return state;
		if (!this.#call.accessLinkURL) return "pending";
		if (!this.#link()) return "refused";
		const hasNews = this.#recordingText(this.#texts) || this.consent.isAskedOf(this.#call);
		return this.#place ?? (this.hasAttribute("enters-directly") && !hasNews ? "open" : "ready");
	}

	#isFinal(/** @type {string} */ state) {
		return FINAL.includes(state) && this.#problem?.kind !== "credential-lost";
	}

	/** The address that another browser needs: the address bar has no credential. */
	get #wholeLink() {
		return `${location.href.split("#")[0]}#${this.#credential}`;
	}

	#draw() {
		const texts = this.#texts;
		if (!this.#stage.isConnected) this.replaceChildren(this.#status, this.#stage, this.#footer);
		const next = this.#next();
		if (next === "open" || (this.#controller.running && !ENDS_THE_CALL.includes(next))) this.#drawCall(texts);
		else this.#drawPanel(next, texts);
	}

	#drawCall(/** @type {Texts} */ texts) {
		const [controller, link] = [this.#controller, this.#link()];
		if (link && !controller.running) {
			// Ends our device check, which would keep the camera from the frame.
			this.#showHelp("open");
			controller.open(link, { stage: this.#stage, texts });
		}
		const notice = controller.notice({ state: this.#next(), link });
		if (!this.#hasChanged("open", notice, texts["open.title"])) return;
		controller.running?.showNotice(notice);
		this.#say(notice.text);
	}

	#drawPanel(/** @type {string} */ state, /** @type {Texts} */ texts) {
		const offline = state === "unreachable" && !navigator.onLine;
		const moved = this.#isMoved && WAITING.includes(state) ? this.#movedText(texts) : "";
		const message = WAITING.includes(state) ? this.#message(texts) : null;
		const hasFailed = this.hasAttribute("sign-in-failed") && ["sign-in", "signed-out"].includes(state);
		const variant = state === "cannot" ? this.#obstacle : offline ? "offline" : "text";
		// "You are early" is no answer to "the doctor is late", and a sign-in that is refused need not have expired.
		const isInformed = state === "scheduled" && message;
		const isExpired = state === "signed-out" && this.#problem?.kind === "expired";
		const src = this.getAttribute("logo");
		const panel = {
			state,
			language: this.#language,
			title: texts[`${isInformed ? "informed" : isExpired ? "expired" : offline ? "offline" : state}.title`],
			text: texts[hasFailed ? "sign-in.failed" : `${state}.${variant}`],
			moved,
			message,
			recording: WAITING.includes(state) ? this.#recordingText(texts) : "",
			consent: state === "ready" ? this.consent.shown(this.#call, this.#language) : null,
			logo: src ? { src, alt: this.getAttribute("logo-name") ?? "" } : null,
			visit: this.#call && { ...withoutOwnWaiting(this.#call), serverTime: "", retryAfterSeconds: null },
			link: state === "left" ? this.#link() : null,
			actions: this.#actions(state),
			isEntering: this.#isEntering,
			clinic: this.help.clinic.name ?? "",
			afterVisit: (AFTER_THE_CALL.includes(state) && this.help.links.afterVisit) || "",
		};
		// The tab keeps the lock for the call that it has handed to the provider's own tab.
		this.#controller.end({ leave: this.#place !== "own-tab" });
		// A call that was lost to another tab or site is entered again by a press only.
		if (state === "elsewhere" || state === "refused") this.#place = "ready";
		this.#showHelp(state);
		// Built first: if it throws, the next answer draws again.
		const view = panelView(panel, { texts, act: this.#act });
		if (this.#hasChanged(state, panel, panel.title)) {
			const { activeElement } = document;
			const hadFocus = this.contains(activeElement) && !this.#footer.contains(activeElement);
			if (panel.consent) view.querySelector(".enter")?.before(this.consent.view(panel.consent, texts));
			this.#stage.replaceChildren(view);
			if (hadFocus) focusAgain(view, activeElement);
			const waits = panel.visit && WAITING.includes(state) && waitingSentence(panel.visit, { language: this.#language, texts });
			const sentences = [`${panel.title}.`, waits, message && `${message.from}: ${message.text}`, moved, panel.recording, panel.text];
			this.#say(this.#isEntering ? texts.entering : sentences.filter(Boolean).join(" "));
		}
		this.#drawFooter(state, variant);
		this.#countDown();
	}

	/** Draws the footer; a code that changes while the page keeps trying leaves focus where it is. */
	#drawFooter(/** @type {string} */ state, /** @type {string} */ variant) {
		const { kind, status } = this.#problem ?? {};
		const reason = kind === "credential-lost" ? kind : variant === "text" ? state : variant;
		const id = this.getAttribute("teleconsultation-id") ?? "";
		const code = isTrouble(state) ? troubleCode({ reason, status: status ?? (this.#call ? 200 : 0), id }) : "";
		const drawn = JSON.stringify([state, this.#language]);
		this.#footer.className = isTrouble(state) ? "panel" : "";
		if (drawn !== this.#footerDrawn) {
			const view = helpView({ state, code, help: this.help, texts: this.#texts });
			const choosing = document.activeElement === this.#languages;
			const languages = (this.#languages ??= this.#languageSwitch());
			const label = node("label", {}, [this.#texts.language, languages]);
			this.#footer.replaceChildren(...view.filter((each) => each instanceof Node), label);
			if (choosing) languages.focus();
			languages.value = this.#language;
			this.#footerDrawn = drawn;
		}
		this.#footer.querySelector("strong")?.replaceChildren(code);
	}

	#languageSwitch() {
		const options = languageNames().map(([value, name]) => node("option", { value, lang: value }, [name]));
		const made = /** @type {HTMLSelectElement} */ (node("select", {}, options));
		made.addEventListener("change", () => this.#speak(made.value));
		return made;
	}

	/** Changes the language of page and call; the address keeps it for a reload and for another device. */
	#speak(/** @type {string} */ language) {
		this.setAttribute("language", language);
		history.replaceState(history.state, "", `${location.pathname}?language=${language}`);
		this.#chooseTexts();
		this.#draw();
		this.#poller?.askNow();
	}

	#actions(/** @type {string} */ state) {
		if (state === "cannot") return this.#waysOut();
		if (state === "signed-out" && this.signIn) return ["signIn"];
		return ACTIONS[state] ?? [];
	}

	/** The actions for a browser that cannot hold the call. */
	#waysOut() {
		if (this.#obstacle === "insecure") return ["openSecurely"];
		return [...waysToPassOn(), ...(this.#obstacle === "inApp" ? ["goOn"] : [])];
	}

	async #leadToSignIn() {
		const [id, language] = [this.getAttribute("teleconsultation-id") ?? "", this.getAttribute("language") ?? ""];
		try {
			await this.signIn?.({ id, language });
		} catch {
			this.setAttribute("sign-in-failed", "");
			this.#draw();
		}
	}

	/** Has the consent stored, and says so as long as it takes; returns whether the reader may enter. */
	async #hasAgreed() {
		const [request, visit] = [this.#request, this.#call];
		if (!request || !visit) return true;
		if (this.#isEntering || !this.consent.isGiven(visit, this.#texts)) return false;
		this.#isEntering = this.consent.isAskedOf(visit);
		this.#draw();
		const mayEnter = await this.consent.store(request, visit);
		this.#isEntering = false;
		return mayEnter;
	}

	/** What the clinic says to those who wait, with its time; null for nothing. */
	#message(/** @type {Texts} */ texts) {
		const { notice, startDate } = this.#call ?? {};
		if (!notice?.text || !startDate || !Date.parse(notice.setAt)) return null;
		const from = texts.message.replace("{time}", timeText(notice.setAt, startDate, this.#language));
		return { text: notice.text, from };
	}

	/** Says that the call is recorded, or may be; "" where it is not, or where this is not known. */
	#recordingText(/** @type {Texts} */ texts) {
		return texts[`recording.${this.#call?.recording}`] ?? "";
	}

	#movedText(/** @type {Texts} */ texts) {
		const { day, hours } = visitTimes(/** @type {CallData} */ (this.#call), this.#language);
		return texts.moved.replace("{day}", day).replace("{hours}", hours);
	}

	/** Announces a text, and removes it later: screen readers also find it in the page. */
	#say(/** @type {string} */ text) {
		clearTimeout(this.#statusTimer);
		this.#status.textContent = text;
		this.#statusTimer = setTimeout(() => this.#status.replaceChildren(), STATUS_MS);
	}

	/** Returns whether the view has changed; if so, reports the state. */
	#hasChanged(/** @type {string} */ state, /** @type {object} */ description, /** @type {string} */ heading) {
		const drawn = JSON.stringify([state, this.#language, description]);
		if (drawn === this.#drawn) return false;
		this.#drawn = drawn;
		this.setAttribute("state", state);
		const title = `${heading} · ${this.#texts.service}`;
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

	#showHelp(/** @type {string} */ state) {
		if (!this.#help && WAITING.includes(state)) {
			this.#help = new WaitingHelp(WAITING, () => this.#wholeLink, () => this.#loadCalendarFile());
			this.#footer.before(this.#help.element);
		}
		const noticeSetAt = this.#call?.notice?.setAt ?? "";
		this.#help?.show(state, { language: this.#language, texts: this.#texts, noticeSetAt });
	}

	#act = async (/** @type {string} */ action) => {
		if (action === "askNow") return this.#poller?.askNow();
		if (action === "signIn") return this.#leadToSignIn();
		if (action === "openSecurely") return location.assign(this.#wholeLink.replace(/^http:/, "https:"));
		if (action === "copyLink" || action === "shareLink") {
			return this.#say(await this.#controller.passOn(this.#wholeLink, { action, texts: this.#texts }));
		}
		if (action === "goOn") this.#obstacle = "";
		if (action === "enter" && !(await this.#hasAgreed())) return;
		const place = PLACE_AFTER[action] ?? null;
		const isInCall = Boolean(this.#controller.running);
		if ((place === "open" || place === "own-tab") && !isInCall) {
			await this.#controller.lockTab(this.#call, { steal: action === "useHere" });
		}
		// A participant's second call ends the first, so the frame closes for the provider's own tab.
		if (isInCall) this.#controller.end();
		this.#place = place;
		this.#draw();
		if (ENTERS_AGAIN.includes(action)) await this.#checkRoom();
		if (action === "callEnded" || ENTERS_AGAIN.includes(action)) this.#poller?.askNow();
	};
}

/** Gives the focus to where it was, if that is drawn again, and to the title otherwise. */
function focusAgain(/** @type {HTMLElement} */ view, /** @type {Element | null} */ before) {
	const same = view.contains(before) ? before : view.querySelector(`button[class="${before?.className}"]`);
	const target = same ?? view.querySelector("h1");
	if (target instanceof HTMLElement) target.focus();
}
