// Contrast ratios of WCAG 2.2: 1.4.3, and 1.4.6 for text on a chosen surface.
const READABLE = 4.5;
const EASILY_READABLE = 7;

/**
 * Replaces our colours and logo by the clinic's, as far as text stays readable.
 * @param {HTMLElement} room
 * @param {{theme?: Theme, companyLogo?: {url: string, name?: string}, clinic?: Clinic}} config
 */
export function applyTheme(room, { theme = {}, companyLogo, clinic = {} }) {
	const dark = matchMedia("(prefers-color-scheme: dark)");
	const { style } = document.documentElement;
	const apply = () => {
		style.cssText = "";
		const ours = getComputedStyle(document.documentElement);
		const [text, quiet] = ["--text", "--quiet"].map((name) => colour(ours.getPropertyValue(name)));
		const colours = palette(theme[dark.matches ? "dark" : "light"] ?? {}, { text, quiet });
		for (const [name, value] of Object.entries(colours)) style.setProperty(`--${name}`, `rgb(${value})`);
	};
	dark.addEventListener("change", apply);
	apply();
	const logo = clinic.logo || companyLogo?.url;
	if (logo && isOurs(logo)) {
		room.setAttribute("logo", logo);
		room.setAttribute("logo-name", companyLogo?.name ?? clinic.name ?? "");
	}
}

/** Whether our headers allow the page to load it: a file of this origin, or data. */
function isOurs(/** @type {string} */ url) {
	const { origin, protocol } = new URL(url, location.href);
	return origin === location.origin || protocol === "data:";
}

/**
 * The colours to set; empty if our text is unreadable on the chosen surface. An accent with too little contrast is
 * moved towards the text colour in links and stays as it is on buttons.
 * @param {{primaryColor?: string, accentColor?: string}} chosen
 * @param {{text: Colour, quiet: Colour}} ours
 * @returns {Record<string, Colour>}
 */
function palette({ primaryColor, accentColor }, { text, quiet }) {
	const [card, brand] = [colour(primaryColor), colour(accentColor)];
	const tint = mix(card, brand, 0.12);
	const surfaces = [card, tint];
	if (!surfaces.every((surface) => contrast(text, surface) >= EASILY_READABLE)) return {};
	const readable = (/** @type {Colour} */ wish) => {
		const steps = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map((share) => mix(wish, text, share));
		return steps.find((step) => surfaces.every((surface) => contrast(step, surface) >= READABLE)) ?? text;
	};
	const [white, black] = [[255, 255, 255], [0, 0, 0]];
	return {
		card,
		brand,
		tint,
		link: readable(brand),
		quiet: readable(quiet),
		page: mix(card, text, 0.05),
		line: mix(card, text, 0.15),
		"on-brand": contrast(white, brand) >= READABLE ? white : black,
	};
}

/** Parses "#rgb" or "#rrggbb"; other texts become NaN, which fails every contrast check. */
function colour(/** @type {string | undefined} */ text) {
	const digits = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(text?.trim() ?? "")?.[1] ?? "";
	const pairs = digits.length === 3 ? [...digits].map((digit) => digit + digit) : digits.match(/../g);
	return pairs?.map((pair) => parseInt(pair, 16)) ?? [NaN, NaN, NaN];
}

function mix(/** @type {Colour} */ from, /** @type {Colour} */ to, /** @type {number} */ share) {
	return from.map((value, index) => Math.round(value + (to[index] - value) * share));
}

// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
function contrast(/** @type {Colour} */ one, /** @type {Colour} */ other) {
	const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a);
	return (lighter + 0.05) / (darker + 0.05);
}

function luminance(/** @type {Colour} */ [red, green, blue]) {
	const linear = (/** @type {number} */ value) =>
		value <= 10.314 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4;
	return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}
