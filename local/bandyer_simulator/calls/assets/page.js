// Access to the document: elements, settings, texts.

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function element(id, type) {
	const found = document.getElementById(id);
	if (!(found instanceof type)) {
		throw new TypeError(`#${id} is missing`);
	}
	return found;
}

/**
 * Returns a copy of the content of a <template>.
 * @param {string} id
 */
export function copyOf(id) {
	const root = element(id, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
	if (!(root instanceof HTMLElement)) {
		throw new TypeError(`#${id} is empty`);
	}
	return root;
}

/**
 * Returns the descendant of a selector.
 * @template {Element} T
 * @param {Element} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export function part(root, selector, type) {
	const found = root.querySelector(selector);
	if (!(found instanceof type)) {
		throw new TypeError(`${selector} is missing`);
	}
	return found;
}

export const page = element("call", HTMLElement);

export const settings = {
	name: element("name", HTMLElement).textContent ?? "",
	channel: page.dataset.channel ?? "",
	tools: new Set((page.dataset.tools ?? "").split(" ")),
	maxFileBytes: Number(page.dataset.maxFileBytes),
	microphone: page.dataset.microphone === "on",
	camera: page.dataset.camera === "on",
	mayCamera: page.dataset.camera !== "none",
	redirectUrl: page.dataset.redirectUrl ?? "",
	redirectAfterMs: Number(page.dataset.redirectAfterMs),
};

const texts = /** @type {Record<string, string>} */ (JSON.parse(page.dataset.texts ?? "{}"));

/**
 * Returns a text in the page's language; values replace their names in braces.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function text(key, values = {}) {
	// A function, because "$&" has a meaning in a replacement string.
	return (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * Shows a message that the person can close, and announces it.
 * @param {string} message
 */
export function hint(message) {
	const banner = element("hint", HTMLElement);
	part(banner, "p", HTMLElement).textContent = message;
	banner.hidden = false;
	part(banner, "button", HTMLButtonElement).onclick = () => {
		banner.hidden = true;
	};
	announce(message);
}

/**
 * Announces a message to screen readers.
 * @param {string} message
 */
export function announce(message) {
	element("status", HTMLElement).textContent = message;
}
