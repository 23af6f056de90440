import { node } from "../views.js";
import { DoorBell } from "./door-bell.js";

/** Plays the notes of the door, and says what helps if the reader did not hear them. */
export class LoudspeakerCheck {
	#question = node("div", { role: "status" });
	#verdict = node("p", { role: "status" });
	#answers;
	element;
	#texts;
	/** @type {DoorBell | null} */
	#bell = null;

	constructor(/** @type {Texts} */ texts) {
		this.#texts = texts;
		this.#answers = [this.#answer("yes", "good"), this.#answer("no", "problem")];
		const answers = node("div", { class: "answers" }, this.#answers);
		this.element = node("div", { class: "loudspeaker", hidden: "" }, [this.#question, answers, this.#verdict]);
	}

	/** Plays and asks anew. Call it on a click: browsers block sound without one. */
	play() {
		// A new sound goes to the loudspeaker that the device uses now.
		this.#bell?.remove();
		this.#bell = new DoorBell();
		this.#bell.ring();
		this.#verdict.className = "";
		this.#verdict.replaceChildren();
		this.#mark(null);
		this.element.hidden = false;
		this.#question.textContent = this.#texts.heard;
	}

	end() {
		this.#bell?.remove();
		this.#bell = null;
		this.element.hidden = true;
		this.#question.replaceChildren();
	}

	#answer(/** @type {"yes" | "no"} */ name, /** @type {"good" | "problem"} */ result) {
		const made = node("button", { "aria-pressed": "false" }, [this.#texts[name]]);
		made.addEventListener("click", () => {
			this.#mark(made);
			this.#verdict.className = result;
			this.#verdict.textContent = this.#texts[`loudspeaker.${result}`];
		});
		return made;
	}

	#mark(/** @type {Element | null} */ given) {
		for (const each of this.#answers) each.setAttribute("aria-pressed", String(each === given));
	}
}
