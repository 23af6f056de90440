import { timeLimit } from "./time-limit.js";

const LANGUAGES = ["en", "it", "es"];

/** The first wish that has a file, else English. */
export function chooseLanguage(/** @type {readonly (string | null | undefined)[]} */ wishes) {
	const bases = wishes.map((wish) => (wish ?? "").toLowerCase().split("-")[0]);
	return bases.find((base) => LANGUAGES.includes(base)) ?? "en";
}

/** @returns {Promise<Texts | null>} null when the file does not load */
export function loadTexts(/** @type {string} */ language, folder = "translations") {
	const url = new URL(`${folder}/${language}.json`, import.meta.url);
	return fetch(url, { cache: "no-cache", signal: timeLimit(10_000) })
		.then((response) => (response.ok ? response.json() : null))
		.catch(() => null);
}
