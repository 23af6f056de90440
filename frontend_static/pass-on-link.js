import { node } from "./views.js";

/**
 * Shares the link by the device's other apps, or copies it; where the browser refuses, shows it selected. Says which
 * below the button.
 * @param {string} link
 * @param {{action: string, button: Element | null, texts: Texts}} how `action`: "shareLink" or "copyLink"
 * @returns {Promise<string>} the sentence below the button
 */
export async function passOnLink(link, { action, button, texts }) {
	const sharing = action === "shareLink" && (await share(link));
	if (sharing) return "";
	// An insecure page has no clipboard, and many web views reject.
	const isCopied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
	const text = isCopied ? texts.copied : texts.copyByHand;
	const field = /** @type {HTMLInputElement} */ (node("input", { readonly: "", dir: "ltr", "aria-label": texts.link }));
	field.value = link;
	const previous = button?.nextElementSibling;
	if (previous?.className === "copied") previous.remove();
	button?.after(node("div", { class: "copied" }, [node("p", {}, [text]), !isCopied && field]));
	field.select();
	return text;
}

/** Returns whether nothing is left to do: the link is shared, or the reader has closed the list of apps. */
function share(/** @type {string} */ url) {
	return navigator.share({ url }).then(() => true, ({ name }) => name === "AbortError");
}
