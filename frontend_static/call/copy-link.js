import { node } from "../views.js";

/**
 * Copies the link; where the browser refuses, shows it selected. Says which below the button.
 * @param {string} link
 * @param {{button: Element | null, texts: Texts}} where
 * @returns {Promise<string>} the sentence below the button
 */
export async function copyLink(link, { button, texts }) {
	// An insecure page has no clipboard, and many web views reject.
	const isCopied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
	const text = isCopied ? texts.copied : texts.copyByHand;
	const field = /** @type {HTMLInputElement} */ (node("input", { readonly: "", "aria-label": texts.link }));
	field.value = link;
	const previous = button?.nextElementSibling;
	if (previous?.className === "copied") previous.remove();
	button?.after(node("div", { class: "copied" }, [node("p", {}, [text]), !isCopied && field]));
	field.select();
	return text;
}
