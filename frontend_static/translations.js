import en from "./translations/en.json" with { type: "json" };
import enCall from "./call/texts/en.json" with { type: "json" };
import enWaiting from "./waiting/texts/en.json" with { type: "json" };
import it from "./translations/it.json" with { type: "json" };
import itCall from "./call/texts/it.json" with { type: "json" };
import itWaiting from "./waiting/texts/it.json" with { type: "json" };
import es from "./translations/es.json" with { type: "json" };
import esCall from "./call/texts/es.json" with { type: "json" };
import esWaiting from "./waiting/texts/es.json" with { type: "json" };

/** @type {Record<string, Texts>} */
const TEXTS = {
	en: { ...en, ...enCall, ...enWaiting },
	it: { ...it, ...itCall, ...itWaiting },
	es: { ...es, ...esCall, ...esWaiting },
};

/** The first wish that has texts, else English. */
export function chooseLanguage(/** @type {readonly (string | null | undefined)[]} */ wishes) {
	const bases = wishes.map((wish) => (wish ?? "").toLowerCase().split("-")[0]);
	return bases.find((base) => Object.keys(TEXTS).includes(base)) ?? "en";
}

/** The texts of all parts; those of all languages are loaded with the page, since only the answer names the reader's. */
export function textsIn(/** @type {string} */ language) {
	return TEXTS[language];
}
