import { node } from "../views.js";
import { qrCode } from "./qr-code.js";

// The light edge that readers of the code need.
const EDGE = 4;

/**
 * The visit's link, to scan, to share and to copy.
 * @param {string} link
 * @param {{texts: Texts, buttons: Node[]}} parts `buttons` pass the link on
 */
export function otherDevice(link, { texts, buttons }) {
	const code = qrCode(link);
	return node("div", { class: "other-device" }, [
		node("p", {}, [texts["other.text"]]),
		code && picture(code, texts.code),
		...buttons,
	]);
}

function picture(/** @type {boolean[][]} */ rows, /** @type {string} */ name) {
	const size = String(rows.length + 2 * EDGE);
	const canvas = node("canvas", { width: size, height: size, role: "img", "aria-label": name });
	const context = /** @type {HTMLCanvasElement} */ (canvas).getContext("2d");
	rows.forEach((row, y) => row.forEach((isDark, x) => isDark && context?.fillRect(x + EDGE, y + EDGE, 1, 1)));
	return canvas;
}
