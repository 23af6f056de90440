import { timeLimit } from "./time-limit.js";

/** @returns {Promise<PageConfig>} retried until it loads, since the page needs it */
export async function loadPageConfig() {
	for (let pauseMs = 1_000; ; pauseMs = Math.min(pauseMs * 2, 30_000)) {
		try {
			const response = await fetch("/config.json", { cache: "no-cache", signal: timeLimit(10_000) });
			const config = await response.json();
			// Reduced to origins: "*" or a path would widen the frame's permissions.
			return { ...config, frameOrigins: config.frameOrigins.map((/** @type {string} */ it) => new URL(it).origin) };
		} catch {
			await new Promise((resolve) => setTimeout(resolve, pauseMs));
		}
	}
}
