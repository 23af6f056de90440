/** @returns {Promise<PageConfig>} asked for until it comes, since nothing works without it */
export async function loadPageConfig() {
	for (let pauseMs = 1_000; ; pauseMs = Math.min(pauseMs * 2, 30_000)) {
		try {
			const response = await fetch("/config.json", { cache: "no-cache", signal: AbortSignal.timeout(10_000) });
			const config = await response.json();
			// Origins only: "*" or a path would widen what the frame may do.
			return { ...config, frameOrigins: config.frameOrigins.map((/** @type {string} */ it) => new URL(it).origin) };
		} catch {
			await new Promise((resolve) => setTimeout(resolve, pauseMs));
		}
	}
}
