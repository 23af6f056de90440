import { tellPresence } from "../call-data.js";
import { timeText } from "../times.js";

// The service believes it for four minutes.
const RENEWED_AFTER_MS = 180_000;
// A page that is opened days ahead is nobody's presence.
const LONGEST_WAIT_MS = 3_600_000;

/** Tells the others that the reader waits: when the page is visible, and rarely afterwards. It has no timer of its own. */
export class Presence {
	#toldAt = -Infinity;

	/**
	 * Called with every answer of the service.
	 * @param {VisitRequest} request
	 * @param {{isWaiting: boolean, untilOpenMs: number}} now
	 */
	async tell(request, { isWaiting, untilOpenMs }) {
		if (!isWaiting || document.hidden || untilOpenMs > LONGEST_WAIT_MS) return;
		const now = performance.now();
		if (now - this.#toldAt < RENEWED_AFTER_MS) return;
		this.#toldAt = now;
		await tellPresence(request);
	}
}

/**
 * The visit as its panel shows it: the reader knows that they wait themselves.
 * @param {CallData} visit
 * @returns {CallData}
 */
export function withoutOwnWaiting(visit) {
	const { bandyerUserId } = visit;
	const people = visit.participantsBandyerCall.map((person) =>
		person.bandyerUserId === bandyerUserId ? { ...person, waitingSince: null } : person,
	);
	return { ...visit, participantsBandyerCall: people };
}

/** "waiting since 10:02", or "" for somebody who does not wait. */
export function waitsText(
	/** @type {Person} */ { waitingSince },
	/** @type {CallData} */ { startDate },
	/** @type {Locale} */ { language, texts },
) {
	if (!waitingSince || !Date.parse(waitingSince)) return "";
	return texts.waits.replace("{time}", timeText(waitingSince, startDate, language));
}

/** What is said to screen readers: "Anna Neri: waiting since 10:02". */
export function waitingSentence(/** @type {CallData} */ visit, /** @type {Locale} */ locale) {
	const sentences = visit.participantsBandyerCall.map((person) => {
		const waits = waitsText(person, visit, locale);
		return waits && person.fullName ? `${person.fullName}: ${waits}.` : "";
	});
	return sentences.filter(Boolean).join(" ");
}
