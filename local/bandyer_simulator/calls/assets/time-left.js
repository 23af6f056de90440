import { announce, element, text } from "./page.js";

const EVERY_MS = 250;

/** The banner of the last half minute; the server sends the remaining time, the page counts down. */
export class TimeLeft {
	#banner = element("time-left", HTMLElement);
	/** @type {ReturnType<typeof setInterval> | undefined} */
	#ticking;

	/** @param {{seconds: number, counting: boolean}} left */
	show({ seconds, counting }) {
		const endsAt = performance.now() + seconds * 1000;
		const draw = () => {
			const left = counting ? Math.max(Math.ceil((endsAt - performance.now()) / 1000), 0) : seconds;
			const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
			this.#banner.textContent = text(counting ? "time_left" : "time_held", { time });
		};
		this.stop();
		this.#banner.hidden = false;
		draw();
		if (counting) {
			// Announced once to screen readers; the following seconds are only shown.
			announce(text("time_warning", { seconds }));
			this.#ticking = setInterval(draw, EVERY_MS);
		}
	}

	stop() {
		clearInterval(this.#ticking);
	}
}
