import en from "./translations/en.json" with { type: "json" };
import enCall from "./call/texts/en.json" with { type: "json" };
import enWaiting from "./waiting/texts/en.json" with { type: "json" };
import it from "./translations/it.json" with { type: "json" };
import itCall from "./call/texts/it.json" with { type: "json" };
import itWaiting from "./waiting/texts/it.json" with { type: "json" };
import es from "./translations/es.json" with { type: "json" };
import esCall from "./call/texts/es.json" with { type: "json" };
import esWaiting from "./waiting/texts/es.json" with { type: "json" };
import de from "./translations/de.json" with { type: "json" };
import deCall from "./call/texts/de.json" with { type: "json" };
import deWaiting from "./waiting/texts/de.json" with { type: "json" };
import fr from "./translations/fr.json" with { type: "json" };
import frCall from "./call/texts/fr.json" with { type: "json" };
import frWaiting from "./waiting/texts/fr.json" with { type: "json" };
import pt from "./translations/pt.json" with { type: "json" };
import ptCall from "./call/texts/pt.json" with { type: "json" };
import ptWaiting from "./waiting/texts/pt.json" with { type: "json" };
import ar from "./translations/ar.json" with { type: "json" };
import arCall from "./call/texts/ar.json" with { type: "json" };
import arWaiting from "./waiting/texts/ar.json" with { type: "json" };

/** @type {Record<string, Texts>} */
const TEXTS = {
	en: { ...en, ...enCall, ...enWaiting },
	it: { ...it, ...itCall, ...itWaiting },
	es: { ...es, ...esCall, ...esWaiting },
	de: { ...de, ...deCall, ...deWaiting },
	fr: { ...fr, ...frCall, ...frWaiting },
	pt: { ...pt, ...ptCall, ...ptWaiting },
	ar: { ...ar, ...arCall, ...arWaiting },
};

/** Each language with its own name for itself. */
export function languageNames() {
	return Object.keys(TEXTS).map((language) => {
		const name = new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language;
		return [language, name.charAt(0).toLocaleUpperCase(language) + name.slice(1)];
	});
}

/** The first wish that has texts, else English. A tag may be written with underscores, as `it_IT`. */
export function chooseLanguage(/** @type {readonly (string | null | undefined)[]} */ wishes) {
	const bases = wishes.map((wish) => (wish ?? "").toLowerCase().split(/[-_]/)[0]);
	return bases.find((base) => Object.keys(TEXTS).includes(base)) ?? "en";
}

/** The texts of all parts; those of all languages are loaded with the page, since only the answer names the reader's. */
export function textsIn(/** @type {string} */ language) {
	return TEXTS[language];
}
