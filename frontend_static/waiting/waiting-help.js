import { passOnButtons } from "../pass-on-link.js";
import { node } from "../views.js";
import { calendarFile } from "./calendar-file.js";
import { DoorBell } from "./door-bell.js";
import { LoudspeakerCheck } from "./loudspeaker-check.js";
import { ScreenAwake } from "./screen-awake.js";

const OPEN = ["ready", "open"];

/**
 * Offers checks of the devices and a sound when the door opens or the clinic says something, and keeps the screen on,
 * until the reader enters.
 */
export class WaitingHelp {
	element = node("aside", { class: "panel", hidden: "" });
	#awake = new ScreenAwake();
	/** @type {DoorBell | null} */
	#bell = null;
	/** @type {import("./device-check.js").DeviceCheck | null} */
	#check = null;
	/** @type {LoudspeakerCheck | null} */
	#loudspeaker = null;
	#language = "";
	/** @type {Texts} */
	#texts = {};
	#states;
	#link;
	#loadCalendarFile;
	#isShown = false;
	#isOpen = false;
	/** Whether the door was closed since the sound was played. */
	#wasClosed = false;
	/** @type {string | undefined} when the last notice was set that was shown */
	#noticeSetAt;

	/**
	 * @param {string[]} states the states where the help is shown
	 * @param {() => string} link returns the visit's whole link
	 * @param {() => Promise<Blob | null>} loadCalendarFile
	 */
	constructor(states, link, loadCalendarFile) {
		this.#states = states;
		this.#link = link;
		this.#loadCalendarFile = loadCalendarFile;
	}

	/**
	 * @param {string} state
	 * @param {{language: string, texts: Texts, noticeSetAt: string}} page
	 */
	show(state, { language, texts, noticeSetAt }) {
		this.#isShown = this.#states.includes(state);
		this.#awake.keep(this.#isShown);
		this.#isOpen = OPEN.includes(state);
		if (this.#isOpen && this.#wasClosed) this.#bell?.ring();
		const hasNews = Boolean(noticeSetAt) && ![undefined, noticeSetAt].includes(this.#noticeSetAt);
		if (this.#isShown && hasNews) this.#bell?.ring();
		this.#noticeSetAt = noticeSetAt;
		this.#wasClosed = !this.#isOpen && (this.#isShown || this.#wasClosed);
		if (!this.#isShown) this.#endChecks();
		this.#adapt();
		this.element.hidden = !this.#isShown;
		if (!this.#isShown || language === this.#language) return;
		[this.#language, this.#texts] = [language, texts];
		this.#endChecks();
		this.#draw();
	}

	#draw() {
		const check = node("button", { class: "check-devices", "aria-expanded": "false" }, [this.#texts.check]);
		const other = node("button", { "aria-expanded": "false" }, [this.#texts.other]);
		const loudspeaker = new LoudspeakerCheck(this.#texts);
		const listen = node("button", {}, [this.#texts.loudspeaker]);
		const sound = node("button", { class: "sound", "aria-pressed": String(Boolean(this.#bell)) }, [this.#texts.sound]);
		check.addEventListener("click", () => {
			const again = check.textContent === this.#texts.again;
			const isRunning = this.#check !== null;
			this.#endCheck();
			if (again || !isRunning) this.#startCheck();
		});
		sound.addEventListener("click", () => {
			if (this.#bell) this.#bell.remove();
			this.#bell = this.#bell ? null : new DoorBell();
			this.#bell?.ring();
			sound.setAttribute("aria-pressed", String(Boolean(this.#bell)));
		});
		listen.addEventListener("click", () => loudspeaker.play());
		other.addEventListener("click", () => this.#toggleOtherDevice(other));
		// Locked-down browsers have no sound.
		const audible = "AudioContext" in window ? [listen, loudspeaker.element, sound] : [];
		const helps = node("div", { class: "helps" }, [check, ...audible, other, calendarFile(this.#loadCalendarFile, this.#texts)]);
		this.#loudspeaker = loudspeaker;
		this.element.replaceChildren(node("h2", {}), helps);
		this.#adapt();
	}

	/** Adapts title, sound and calendar to a door that is open or closed. */
	#adapt() {
		this.element.querySelector("h2")?.replaceChildren(this.#texts[this.#isOpen ? "title.ready" : "title"]);
		for (const help of this.element.querySelectorAll(".sound, .calendar")) help.toggleAttribute("hidden", this.#isOpen);
	}

	async #toggleOtherDevice(/** @type {Element} */ toggle) {
		const shown = this.element.querySelector(".other-device");
		shown?.remove();
		toggle.setAttribute("aria-expanded", String(!shown));
		if (shown) return;
		const { otherDevice } = await import("./other-device.js").catch(() => ({ otherDevice: null }));
		if (!otherDevice) return toggle.setAttribute("aria-expanded", "false");
		if (this.element.querySelector(".other-device")) return;
		const [link, texts] = [this.#link(), this.#texts];
		toggle.after(otherDevice(link, { texts, buttons: passOnButtons(link, texts) }));
	}

	async #startCheck() {
		const { DeviceCheck } = await import("./device-check.js").catch(() => ({ DeviceCheck: null }));
		if (!DeviceCheck || this.#check || !this.#isShown) return;
		this.#check = new DeviceCheck(this.#texts);
		// Screen readers announce changes inside a live region, so it is added before its text changes.
		this.element.append(node("div", { role: "status" }, [this.#check.element]));
		this.#button("true", this.#texts.endCheck);
		const check = this.#check;
		const isGood = await check.start();
		if (check !== this.#check) return;
		if (!isGood) this.#button("true", this.#texts.again);
		// On a telephone the picture is below the edge of the window.
		check.element.scrollIntoView({ block: "nearest" });
	}

	#endChecks() {
		this.#endCheck();
		this.#loudspeaker?.end();
	}

	#endCheck() {
		if (!this.#check) return;
		this.#check.stop();
		this.#check = null;
		this.element.querySelector("[role=status]")?.remove();
		this.#button("false", this.#texts.check);
	}

	#button(/** @type {string} */ expanded, /** @type {string} */ text) {
		const button = this.element.querySelector(".check-devices");
		button?.setAttribute("aria-expanded", expanded);
		button?.replaceChildren(text);
	}
}
