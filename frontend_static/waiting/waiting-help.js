import { loadStyle } from "../load-style.js";
import { loadTexts } from "../translations.js";
import { node } from "../views.js";
import { DoorBell } from "./door-bell.js";
import { ScreenAwake } from "./screen-awake.js";

/** Offers a device check and a sound when the door opens, and keeps the screen on, while the reader waits. */
export class WaitingHelp {
	element = node("aside", { class: "panel", hidden: "" });
	#awake = new ScreenAwake();
	/** @type {DoorBell | null} */
	#bell = null;
	/** @type {import("./device-check.js").DeviceCheck | null} */
	#check = null;
	#language = "";
	/** @type {Texts} */
	#texts = {};
	#states;
	#isShown = false;

	/** @param {string[]} states the waiting states, where the help is shown */
	constructor(states) {
		this.#states = states;
	}

	async show(/** @type {string} */ state, /** @type {string} */ language) {
		this.#isShown = this.#states.includes(state);
		this.#awake.keep(this.#isShown);
		if (state === "open") this.#bell?.ring();
		if (!this.#isShown) this.#endCheck();
		this.element.hidden = !this.#isShown || !this.#language;
		if (!this.#isShown || language === this.#language) return;
		const style = loadStyle(new URL("waiting.css", import.meta.url)).catch(() => null);
		const [texts] = await Promise.all([loadTexts(language, "waiting/texts"), style]);
		if (!texts) return;
		[this.#language, this.#texts] = [language, texts];
		this.#endCheck();
		this.#draw();
		this.element.hidden = !this.#isShown;
	}

	#draw() {
		const check = node("button", { "aria-expanded": "false" }, [this.#texts.check]);
		const sound = node("button", { "aria-pressed": String(Boolean(this.#bell)) }, [this.#texts.sound]);
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
		const title = node("h2", {}, [this.#texts.title]);
		this.element.replaceChildren(title, node("div", { class: "helps" }, [check, sound]));
	}

	async #startCheck() {
		const { DeviceCheck } = await import("./device-check.js").catch(() => ({ DeviceCheck: null }));
		if (!DeviceCheck || this.#check || !this.#isShown) return;
		this.#check = new DeviceCheck(this.#texts);
		// Screen readers announce changes inside a live region, so it is added before its text changes.
		this.element.append(node("div", { role: "status" }, [this.#check.element]));
		this.#button("true", this.#texts.endCheck);
		const check = this.#check;
		if (!(await check.start()) && check === this.#check) this.#button("true", this.#texts.again);
	}

	#endCheck() {
		if (!this.#check) return;
		this.#check.stop();
		this.#check = null;
		this.element.querySelector("[role=status]")?.remove();
		this.#button("false", this.#texts.check);
	}

	#button(/** @type {string} */ expanded, /** @type {string} */ text) {
		const button = this.element.querySelector("[aria-expanded]");
		button?.setAttribute("aria-expanded", expanded);
		button?.replaceChildren(text);
	}
}
