/**
 * Adds a stylesheet to the page once.
 * @returns {Promise<unknown>} resolved when it applies, rejected when it does not load
 */
export function loadStyle(/** @type {URL} */ { href }) {
	const links = [...document.querySelectorAll("link")];
	if (links.some((link) => link.href === href && link.sheet)) return Promise.resolve();
	const link = document.createElement("link");
	return new Promise((resolve, reject) => {
		link.addEventListener("load", resolve);
		link.addEventListener("error", () => reject(link.remove()));
		Object.assign(link, { rel: "stylesheet", href });
		document.head.append(link);
	});
}
