// Where the provider's `end_call_redirect_url` leads. In the call's frame it says so to the page around it, which is of
// this origin or does not get to hear it; in a tab of its own there is only the reader to tell.
import { chooseLanguage, loadTexts } from "./translations.js";

if (parent === window) {
	const language = chooseLanguage(navigator.languages);
	const [words, callWords] = await Promise.all([loadTexts(language), loadTexts(language, "call/texts")]);
	if (words && callWords) {
		const texts = { ...words, ...callWords };
		document.title = `${texts["left.title"]} · ${texts.service}`;
		Object.assign(document.documentElement, { lang: language, dir: texts.dir });
		/** @type {[string, string][]} */ ([["h1", "left.title"], ["p", "left.elsewhere"]]).forEach(([tag, key]) => {
			const element = document.querySelector(tag);
			if (element) element.textContent = texts[key];
		});
		document.querySelector("main")?.removeAttribute("hidden");
	}
} else {
	parent.postMessage("call-ended", location.origin);
}
