import { announce, element, hint, page, part, settings, text } from "./page.js";

/** @import { Stroke } from "./signalling.js" */
/** @typedef {[number, number]} Point in the units of the paper's view box */

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [1600, 1000];
// A line is sent in pieces while it is drawn.
const PIECE_POINTS = 20;
const KEY_STEP = 20;
const COLOURS = 5;
/** @type {Record<string, Point>} */
const ARROWS = {
	ArrowLeft: [-KEY_STEP, 0],
	ArrowRight: [KEY_STEP, 0],
	ArrowUp: [0, -KEY_STEP],
	ArrowDown: [0, KEY_STEP],
};

/** The shared whiteboard. The server has all lines; each person's have their own colour. */
export class Whiteboard {
	#draw;
	#onShown;
	#panel = element("board", HTMLElement);
	#opener = element("board-open", HTMLButtonElement);
	#paper = part(page, "#paper", SVGSVGElement);
	#lines = part(page, "#paper g", SVGGElement);
	#pen = part(page, "#paper circle", SVGCircleElement);
	/** @type {Point} */
	#at = [WIDTH / 2, HEIGHT / 2];
	/** @type {SVGPolylineElement[]} our lines that the server has not sent back yet */
	#pending = [];
	/** @type {Point[] | null} the piece that is being drawn */
	#piece = null;
	/** @type {SVGPolylineElement | null} */
	#line = null;
	#wasClosed = false;

	/**
	 * @param {object} options
	 * @param {(points: Point[]) => Promise<boolean>} options.draw
	 * @param {() => void} options.wipe
	 * @param {() => void} options.onShown runs when the board opens or closes
	 */
	constructor({ draw, wipe, onShown }) {
		this.#draw = draw;
		this.#onShown = onShown;
		this.#opener.hidden = false;
		this.#opener.addEventListener("click", () => this.#toggle(!this.isOpen));
		element("board-close", HTMLButtonElement).addEventListener("click", () => this.#toggle(false));
		this.#panel.addEventListener("keydown", ({ key }) => key === "Escape" && this.#toggle(false));
		const wiper = element("board-wipe", HTMLButtonElement);
		wiper.hidden = !settings.tools.has("wb_eraser");
		wiper.addEventListener("click", wipe);
		if (settings.tools.has("wb_pen")) {
			this.#offerPen();
		}
	}

	get isOpen() {
		return !this.#panel.hidden;
	}

	/** @param {Stroke[]} strokes */
	restart(strokes) {
		// What the server took stands in its list; what it did not take is lost with the connection.
		this.#pending = [];
		this.#lines.replaceChildren(...strokes.map(lineOf));
	}

	/**
	 * Shows a line. The board opens by itself when another person draws, unless it was closed.
	 * @param {Stroke & {name: string}} stroke
	 * @param {{own: boolean}} author
	 */
	add(stroke, { own }) {
		if (own) {
			this.#pending.shift()?.remove();
		}
		this.#lines.append(lineOf(stroke));
		if (!own && !this.isOpen && !this.#wasClosed) {
			this.#show(true);
			announce(text("board_drawn", { name: stroke.name }));
		}
	}

	/** Removes all lines, except ours that come after the erasure. */
	clear() {
		this.#lines.replaceChildren(...this.#pending, ...(this.#line ? [this.#line] : []));
	}

	#offerPen() {
		this.#paper.tabIndex = 0;
		// The arrow keys belong to the paper, also with a screen reader.
		this.#paper.setAttribute("role", "application");
		this.#paper.setAttribute("aria-describedby", "board-hint");
		element("board-hint", HTMLElement).hidden = false;
		this.#paper.classList.add("drawable");
		this.#paper.addEventListener("pointerdown", (event) => {
			if (event.isPrimary && event.button === 0) {
				this.#paper.setPointerCapture(event.pointerId);
				this.#piece = [this.#pointOf(event)];
				this.#extend([]);
			}
		});
		this.#paper.addEventListener("pointermove", (event) => {
			if (this.#piece && event.isPrimary) {
				this.#extend([this.#pointOf(event)]);
			}
		});
		for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
			this.#paper.addEventListener(end, () => this.#lift());
		}
		this.#paper.addEventListener("keydown", (event) => {
			const step = ARROWS[event.key];
			if (step) {
				event.preventDefault();
				this.#move(step, { draws: event.shiftKey });
			}
		});
	}

	/**
	 * @param {Point} step
	 * @param {{draws: boolean}} pen
	 */
	#move([right, down], { draws }) {
		const [x, y] = this.#at;
		this.#at = within([x + right, y + down]);
		this.#pen.setAttribute("cx", String(this.#at[0]));
		this.#pen.setAttribute("cy", String(this.#at[1]));
		if (draws) {
			this.#piece = [[x, y]];
			this.#extend([this.#at]);
			this.#lift();
		}
	}

	/**
	 * Adds points to the piece, and sends it when it is long enough: the next one begins where it ends.
	 * @param {Point[]} points
	 */
	#extend(points) {
		const piece = (this.#piece ??= []);
		piece.push(...points);
		if (!this.#line) {
			this.#line = lineOf({ seat: -1, points: piece });
			this.#lines.append(this.#line);
		}
		this.#line.setAttribute("points", drawn(piece));
		if (piece.length >= PIECE_POINTS) {
			const last = piece[piece.length - 1];
			this.#lift();
			this.#piece = [last];
		}
	}

	/** Ends the piece and sends it. */
	#lift() {
		const [piece, line] = [this.#piece, this.#line];
		[this.#piece, this.#line] = [null, null];
		if (piece && line) {
			this.#pending.push(line);
			void this.#draw(piece).then((accepted) => {
				if (!accepted) {
					this.#pending = this.#pending.filter((each) => each !== line);
					line.remove();
					hint(text("board_failed"));
				}
			});
		}
	}

	/**
	 * @param {PointerEvent} event
	 * @returns {Point}
	 */
	#pointOf({ clientX, clientY }) {
		const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(this.#paper.getScreenCTM()?.inverse());
		return within([Math.round(x), Math.round(y)]);
	}

	/** @param {boolean} open */
	#toggle(open) {
		this.#wasClosed = !open;
		this.#show(open);
		(open ? element("board-close", HTMLButtonElement) : this.#opener).focus();
		if (open && this.#paper.tabIndex === 0) {
			this.#paper.focus();
		}
	}

	/** @param {boolean} open */
	#show(open) {
		this.#panel.hidden = !open;
		this.#opener.setAttribute("aria-expanded", String(open));
		this.#onShown();
	}
}

/**
 * @param {Stroke} stroke
 * @returns {SVGPolylineElement}
 */
function lineOf({ seat, points }) {
	const line = document.createElementNS(SVG, "polyline");
	line.dataset.colour = seat < 0 ? "own" : String(seat % COLOURS);
	line.setAttribute("points", drawn(points));
	return line;
}

/**
 * A single point twice, because a line of no length is not painted otherwise.
 * @param {Point[]} points
 */
function drawn(points) {
	return (points.length === 1 ? [...points, ...points] : points).join(" ");
}

/**
 * @param {Point} point
 * @returns {Point}
 */
function within([x, y]) {
	return [Math.min(Math.max(x, 0), WIDTH), Math.min(Math.max(y, 0), HEIGHT)];
}
