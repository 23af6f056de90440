import { waysToPassOn } from "./obstacles.js";
import { button, node } from "./views.js";

/** Buttons that share and copy the link, and a line that tells screen readers what came of it. */
export function passOnButtons(/** @type {string} */ link, /** @type {Texts} */ texts) {
	const status = node("p", { class: "spoken", role: "status" });
	const act = async (/** @type {string} */ action) => {
		// The last way is copying.
		status.textContent = await passOnLink(link, { action, button: buttons[buttons.length - 1], texts });
	};
	const buttons = waysToPassOn().map((action) => button(action, { texts, act }));
	return [...buttons, status];
}

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
