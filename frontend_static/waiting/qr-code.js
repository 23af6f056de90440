// QR code of ISO/IEC 18004 in byte mode with error correction level M. Versions 1 to 9 hold 180 bytes, twice the
// length of a join link. The mask is always the first one: the links' random characters need no choice.
const EC_LENGTHS = [10, 16, 26, 18, 24, 16, 18, 22, 22];
const BLOCK_COUNTS = [1, 1, 1, 2, 2, 4, 4, 4, 5];
// Level and mask with their error correction.
const FORMAT = 0x5412;
const HEADER_BYTES = 2;

/** @returns {boolean[][] | null} the rows, true for dark; null if the text is too long */
export function qrCode(/** @type {string} */ text) {
	const bytes = [...new TextEncoder().encode(text)];
	const index = EC_LENGTHS.findIndex((_, each) => dataLength(each + 1) >= bytes.length + HEADER_BYTES);
	if (index < 0) return null;
	return drawn(codewords(bytes, index + 1), index + 1);
}

const alignmentCount = (/** @type {number} */ version) => (version === 1 ? 0 : Math.floor(version / 7) + 2);

function codewordCount(/** @type {number} */ version) {
	const count = alignmentCount(version);
	const alignment = count && (25 * count - 10) * count - 55;
	return Math.floor(((16 * version + 128) * version + 64 - alignment - (version > 6 ? 36 : 0)) / 8);
}

function dataLength(/** @type {number} */ version) {
	return codewordCount(version) - EC_LENGTHS[version - 1] * BLOCK_COUNTS[version - 1];
}

/** Returns data and error correction, in the order in which they are drawn. */
function codewords(/** @type {number[]} */ bytes, /** @type {number} */ version) {
	// Mode 4 (bytes), a length of 8 bits, the bytes and an end of 4 bits: everything is shifted by half a byte.
	const nibbles = [4, bytes.length >> 4, bytes.length & 15, ...bytes.flatMap((byte) => [byte >> 4, byte & 15]), 0];
	const data = nibbles.flatMap((nibble, at) => (at % 2 ? [] : [(nibble << 4) | nibbles[at + 1]]));
	for (let pad = 0xec; data.length < dataLength(version); pad ^= 0xec ^ 0x11) data.push(pad);

	const [ecLength, count] = [EC_LENGTHS[version - 1], BLOCK_COUNTS[version - 1]];
	const shortLength = Math.floor(data.length / count);
	const shortCount = count - (data.length % count);
	let start = 0;
	const blocks = Array.from({ length: count }, (_, each) =>
		data.slice(start, (start += shortLength + (each < shortCount ? 0 : 1))),
	);
	const corrections = blocks.map((block) => errorCorrection(block, ecLength));
	return [...interleaved(blocks), ...interleaved(corrections)];
}

function interleaved(/** @type {number[][]} */ blocks) {
	const longest = Math.max(...blocks.map(({ length }) => length));
	return Array.from({ length: longest }, (_, at) => blocks.flatMap((block) => block.slice(at, at + 1))).flat();
}

/** Returns the remainder of Reed and Solomon's polynomial division over the field of 256. */
function errorCorrection(/** @type {number[]} */ block, /** @type {number} */ length) {
	let divisor = [1];
	for (let [degree, root] = [0, 1]; degree < length; degree++, root = product(root, 2)) {
		divisor = [...divisor, 0].map((factor, at) => factor ^ (at ? product(divisor[at - 1], root) : 0));
	}
	const rest = [...block, ...Array(length).fill(0)];
	block.forEach((_, at) => {
		const factor = rest[at];
		divisor.forEach((each, offset) => (rest[at + offset] ^= product(each, factor)));
	});
	return rest.slice(block.length);
}

function product(/** @type {number} */ one, /** @type {number} */ other) {
	let result = 0;
	for (let bit = 7; bit >= 0; bit--) result = (result << 1) ^ ((result >> 7) * 0x11d) ^ (((other >> bit) & 1) * one);
	return result;
}

function drawn(/** @type {number[]} */ words, /** @type {number} */ version) {
	const size = version * 4 + 17;
	/** @type {boolean[][]} */
	const rows = Array.from({ length: size }, () => []);
	const set = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number | boolean} */ dark) => {
		if (x >= 0 && y >= 0 && x < size && y < size) rows[y][x] = Boolean(dark);
	};
	/** Draws a square of rings; `light` are the rings' distances from the centre. */
	const square = (/** @type {number[]} */ [x, y], /** @type {number} */ radius, /** @type {number[]} */ light) => {
		for (let dx = -radius; dx <= radius; dx++) {
			for (let dy = -radius; dy <= radius; dy++) {
				set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
			}
		}
	};

	for (let at = 0; at < size; at++) [set(6, at, at % 2 === 0), set(at, 6, at % 2 === 0)];
	const corners = [[3, 3], [size - 4, 3], [3, size - 4]];
	corners.forEach((corner) => square(corner, 4, [2, 4]));
	const step = alignmentCount(version) && Math.ceil((size - 13) / (2 * alignmentCount(version) - 2)) * 2;
	const centres = Array.from({ length: alignmentCount(version) }, (_, at) => (at ? size - 7 - (at - 1) * step : 6));
	for (const x of centres) {
		for (const y of centres) {
			const isCorner = corners.some(([cx, cy]) => Math.abs(cx - x) < 6 && Math.abs(cy - y) < 6);
			if (!isCorner) square([x, y], 2, [1]);
		}
	}
	for (let bit = 0; bit < 15; bit++) {
		const dark = (FORMAT >> bit) & 1;
		set(8, bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit, dark);
		set(bit < 8 ? size - 1 - bit : bit === 8 ? 7 : 14 - bit, 8, dark);
	}
	set(8, size - 8, true);
	if (version > 6) {
		let rest = version;
		for (let bit = 0; bit < 12; bit++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
		for (let bit = 0; bit < 18; bit++) {
			const [along, across, dark] = [size - 11 + (bit % 3), Math.floor(bit / 3), (((version << 12) | rest) >> bit) & 1];
			[set(along, across, dark), set(across, along, dark)];
		}
	}

	let bit = 0;
	// Pairs of columns from the right, alternately upwards and downwards, without the vertical timing pattern.
	for (let right = size - 1, upwards = true; right > 0; right -= right === 8 ? 3 : 2, upwards = !upwards) {
		for (let at = 0; at < size; at++) {
			const y = upwards ? size - 1 - at : at;
			for (const x of [right, right - 1]) {
				if (rows[y][x] !== undefined) continue;
				const dark = ((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
				rows[y][x] = Boolean(dark) !== ((x + y) % 2 === 0);
				bit++;
			}
		}
	}
	return rows;
}
