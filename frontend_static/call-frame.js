// The provider's link redirects between its own hosts, so every feature names every origin: without a value it would
// go to the first one only. https://developer.mozilla.org/docs/Web/HTML/Reference/Elements/iframe#allow
const FEATURES = [
	"camera", "microphone", "display-capture", "autoplay", "fullscreen", "speaker-selection", "screen-wake-lock",
	"clipboard-write",
];
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/**
 * The link when it may be opened, else null.
 * @param {string | null | undefined} link
 * @param {{origins: string[], localMode: boolean}} trust
 */
export function trustedLink(link, { origins, localMode }) {
	try {
		const { href, origin, protocol, hostname, username, password } = new URL(link ?? "");
		const secure = protocol === "https:" || (localMode && protocol === "http:" && LOOPBACK.includes(hostname));
		return secure && origins.includes(origin) && !username && !password ? href : null;
	} catch {
		return null;
	}
}

/**
 * No `sandbox`: a call needs scripts, storage, popups and downloads, and another origin is the wall already.
 * @param {string} link trusted
 * @param {{origins: string[], title: string}} options
 */
export function callFrame(link, { origins, title }) {
	const frame = document.createElement("iframe");
	frame.title = title;
	frame.allow = FEATURES.map((feature) => [feature, ...origins].join(" ")).join("; ");
	frame.referrerPolicy = "no-referrer";
	frame.src = link;
	return frame;
}
