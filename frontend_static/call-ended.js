// Script of the page behind the provider's `end_call_redirect_url`. In the call's frame it posts "call-ended" to the
// parent page, if that has the same origin; in its own tab it shows that the call is over.
import { chooseLanguage, textsIn } from "./translations.js";

if (parent === window) {
	const language = chooseLanguage(navigator.languages);
	const texts = textsIn(language);
	document.title = `${texts["left.title"]} · ${texts.service}`;
	Object.assign(document.documentElement, { lang: language, dir: texts.dir });
	/** @type {[string, string][]} */ ([["h1", "left.title"], ["p", "left.elsewhere"]]).forEach(([tag, key]) => {
		const element = document.querySelector(tag);
		if (element) element.textContent = texts[key];
	});
	document.querySelector("main")?.removeAttribute("hidden");
} else {
	parent.postMessage("call-ended", location.origin);
}
