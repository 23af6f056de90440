const LANGUAGES = ["en", "it", "es"];

/** The first wish that there is a file for. */
export function chooseLanguage(/** @type {readonly (string | null | undefined)[]} */ wishes) {
	const bases = wishes.map((wish) => (wish ?? "").toLowerCase().split("-")[0]);
	return bases.find((base) => LANGUAGES.includes(base)) ?? "en";
}

/** @returns {Promise<Texts | null>} null when it cannot be had now */
export function loadTexts(/** @type {string} */ language, folder = "translations") {
	const url = new URL(`${folder}/${language}.json`, import.meta.url);
	return fetch(url, { cache: "no-cache", signal: AbortSignal.timeout(10_000) })
		.then((response) => response.json())
		.catch(() => null);
}
