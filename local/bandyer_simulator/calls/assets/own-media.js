/** @import { Kind } from "./peer.js" */

/** @typedef {"denied" | "policy" | "missing" | "busy" | "insecure"} Blocked the reason why a device is unavailable */

// Enough for a face, and light enough for four at once on a small computer.
const CONSTRAINTS = {
	audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
	video: { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 24, max: 30 }, facingMode: "user" },
};
const DEVICES = { audio: "microphone", video: "camera" };
/** @type {Record<string, Blocked>} */
const REASONS = {
	NotAllowedError: "denied",
	SecurityError: "denied",
	NotFoundError: "missing",
	OverconstrainedError: "missing",
	NotReadableError: "busy",
	AbortError: "busy",
};

/** Our own microphone and camera, each on, off or blocked. */
export class OwnMedia {
	#onChange;
	/** @type {Record<Kind, MediaStreamTrack | null>} */
	#tracks = { audio: null, video: null };
	/** @type {Record<Kind, boolean>} */
	#wanted = { audio: false, video: false };
	#over = false;
	stream = new MediaStream();
	/** @type {Partial<Record<Kind, Blocked>>} */
	blocked = {};

	/** @param {(kind: Kind, track: MediaStreamTrack | null) => void} onChange runs for each added or removed track */
	constructor(onChange) {
		this.#onChange = onChange;
	}

	/** @param {Kind} kind */
	isOn(kind) {
		return this.#wanted[kind] && this.#tracks[kind] !== null;
	}

	/**
	 * Switches on the wanted devices; `blocked` has those that failed. Never throws.
	 * @param {Record<Kind, boolean>} wanted
	 */
	async start(wanted) {
		const kinds = /** @type {Kind[]} */ (["audio", "video"]).filter((kind) => wanted[kind] && !this.#tracks[kind]);
		this.#wanted = { ...this.#wanted, ...Object.fromEntries(kinds.map((kind) => [kind, true])) };
		/** @type {Kind[]} */
		const open = [];
		for (const kind of kinds) {
			const reason = await obstacle(kind);
			delete this.blocked[kind];
			if (reason) {
				this.blocked[kind] = reason;
			} else {
				open.push(kind);
			}
		}
		// One prompt for both; if it fails, one for each, because the cause may concern one device only. After a
		// refused prompt there is no second one, but the system can block one device that the browser allows.
		if (open.length && !(await this.#take(open)) && open.length > 1) {
			for (const kind of open) {
				if (this.blocked[kind] !== "denied" || (await permission(kind)) === "granted") {
					await this.#take([kind]);
				}
			}
		}
	}

	/**
	 * Mutes or unmutes; a muted microphone sends silence, so that unmuting is instant and needs no prompt.
	 * @param {boolean} on
	 */
	async setMicrophone(on) {
		this.#wanted.audio = on;
		if (this.#tracks.audio) {
			this.#tracks.audio.enabled = on;
		} else if (on) {
			await this.start({ audio: true, video: false });
		}
	}

	/**
	 * Switches the camera on or off; an off camera is released, so that its light goes out.
	 * @param {boolean} on
	 */
	async setCamera(on) {
		this.#wanted.video = on;
		if (on) {
			await this.start({ audio: false, video: true });
		} else {
			this.#drop("video");
		}
	}

	/** Releases all devices for good. */
	stop() {
		this.#over = true;
		this.#drop("audio");
		this.#drop("video");
	}

	/**
	 * @param {Kind[]} kinds
	 * @returns {Promise<boolean>}
	 */
	async #take(kinds) {
		try {
			const stream = await navigator.mediaDevices.getUserMedia(
				Object.fromEntries(kinds.map((kind) => [kind, CONSTRAINTS[kind]])),
			);
			for (const track of stream.getTracks()) {
				this.#add(/** @type {Kind} */ (track.kind), track);
			}
			return true;
		} catch (error) {
			const name = error instanceof Error ? error.name : "";
			for (const kind of kinds) {
				this.blocked[kind] = REASONS[name] ?? "busy";
			}
			return false;
		}
	}

	/**
	 * @param {Kind} kind
	 * @param {MediaStreamTrack} track
	 */
	#add(kind, track) {
		// The person may have left or switched it off during the prompt.
		if (this.#over || (kind === "video" && !this.#wanted.video)) {
			track.stop();
			return;
		}
		delete this.blocked[kind];
		track.enabled = this.#wanted[kind];
		track.addEventListener("ended", () => {
			// Unplugged, or blocked in the browser's controls; our own stop() raises no event.
			this.blocked[kind] = "missing";
			this.#drop(kind);
		});
		this.#tracks[kind] = track;
		this.stream.addTrack(track);
		this.#onChange(kind, track);
	}

	/** @param {Kind} kind */
	#drop(kind) {
		const track = this.#tracks[kind];
		if (track) {
			track.stop();
			this.stream.removeTrack(track);
			this.#tracks[kind] = null;
			this.#onChange(kind, null);
		}
	}
}

/**
 * The reason why a device is blocked before any prompt, or null.
 * @param {Kind} kind
 * @returns {Promise<Blocked | null>}
 */
async function obstacle(kind) {
	if (!navigator.mediaDevices?.getUserMedia) {
		return "insecure";
	}
	if (!allowsFeature(DEVICES[kind])) {
		return "policy";
	}
	return (await permission(kind)) === "denied" ? "denied" : null;
}

/**
 * Returns whether the pages around this one pass a feature on; where the browser does not tell, they may.
 * @param {string} name
 */
export function allowsFeature(name) {
	const { featurePolicy } = /** @type {{featurePolicy?: {allowsFeature(name: string): boolean}}} */ (
		/** @type {unknown} */ (document)
	);
	return featurePolicy?.allowsFeature(name) ?? true;
}

/** @param {Kind} kind */
async function permission(kind) {
	try {
		return (await navigator.permissions.query({ name: /** @type {PermissionName} */ (DEVICES[kind]) })).state;
	} catch {
		// Some browsers do not support the query; getUserMedia reports the same later.
		return "prompt";
	}
}
