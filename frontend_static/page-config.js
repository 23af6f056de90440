/** @returns {PageConfig} from the document's data block */
export function readPageConfig() {
	const config = JSON.parse(document.querySelector("#config")?.textContent ?? "");
	// Reduced to origins: "*" or a path would widen the frame's permissions.
	return { ...config, frameOrigins: config.frameOrigins.map((/** @type {string} */ it) => new URL(it).origin) };
}
