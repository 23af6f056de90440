/** @import { Kind } from "./peer.js" */

/** @typedef {"denied" | "policy" | "missing" | "busy" | "insecure"} Blocked why there is no picture or no sound */

// Plenty for a face, and four of them at once still fit into one small computer.
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

/** Our own microphone and camera: on, off, or blocked, each for itself. */
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

	/** @param {(kind: Kind, track: MediaStreamTrack | null) => void} onChange runs for each track that comes or goes */
	constructor(onChange) {
		this.#onChange = onChange;
	}

	/** @param {Kind} kind */
	isOn(kind) {
		return this.#wanted[kind] && this.#tracks[kind] !== null;
	}

	/**
	 * Switch on what is asked for, as far as it can be; `blocked` tells the rest. Never throws.
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
		// Both in one question; when that fails, one by one, because one of them may be the only trouble. Whoever
		// just said no is not asked again, but the system can forbid one device of two that the browser allows.
		if (open.length && !(await this.#take(open)) && open.length > 1) {
			for (const kind of open) {
				if (this.blocked[kind] !== "denied" || (await permission(kind)) === "granted") {
					await this.#take([kind]);
				}
			}
		}
	}

	/**
	 * A muted microphone goes on sending silence: unmuting is instant and asks nobody.
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
	 * A camera that is off is let go of, so that its light goes out.
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

	/** Let go of everything, for good. */
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
		// The person may have left, or changed their mind, while the browser asked.
		if (this.#over || (kind === "video" && !this.#wanted.video)) {
			track.stop();
			return;
		}
		delete this.blocked[kind];
		track.enabled = this.#wanted[kind];
		track.addEventListener("ended", () => {
			// Unplugged, or taken away in the browser's own controls; our own stop() raises no event.
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
 * What stands in the way before anybody is asked.
 * @param {Kind} kind
 * @returns {Promise<Blocked | null>}
 */
async function obstacle(kind) {
	if (!navigator.mediaDevices?.getUserMedia) {
		return "insecure";
	}
	const { featurePolicy } = /** @type {{featurePolicy?: {allowsFeature(name: string): boolean}}} */ (
		/** @type {unknown} */ (document)
	);
	if (featurePolicy && !featurePolicy.allowsFeature(DEVICES[kind])) {
		return "policy";
	}
	return (await permission(kind)) === "denied" ? "denied" : null;
}

/** @param {Kind} kind */
async function permission(kind) {
	try {
		return (await navigator.permissions.query({ name: /** @type {PermissionName} */ (DEVICES[kind]) })).state;
	} catch {
		// Not every browser can be asked; getUserMedia will tell.
		return "prompt";
	}
}
