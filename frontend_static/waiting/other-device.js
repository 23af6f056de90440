import { waysToPassOn } from "../obstacles.js";
import { passOnLink } from "../pass-on-link.js";
import { button, node } from "../views.js";
import { qrCode } from "./qr-code.js";

// The light edge that readers of the code need.
const EDGE = 4;

/** The visit's link, to scan, to share and to copy. */
export function otherDevice(/** @type {string} */ link, /** @type {Texts} */ texts) {
	const code = qrCode(link);
	const status = node("p", { class: "spoken", role: "status" });
	const element = node("div", { class: "other-device" }, [
		node("p", {}, [texts["other.text"]]),
		code && picture(code, texts.code),
		...waysToPassOn().map((action) => button(action, { texts, act })),
		status,
	]);
	async function act(/** @type {string} */ action) {
		status.textContent = await passOnLink(link, { action, button: element.querySelector(".copyLink"), texts });
	}
	return element;
}

function picture(/** @type {boolean[][]} */ rows, /** @type {string} */ name) {
	const size = String(rows.length + 2 * EDGE);
	const canvas = node("canvas", { width: size, height: size, role: "img", "aria-label": name });
	const context = /** @type {HTMLCanvasElement} */ (canvas).getContext("2d");
	rows.forEach((row, y) => row.forEach((isDark, x) => isDark && context?.fillRect(x + EDGE, y + EDGE, 1, 1)));
	return canvas;
}
