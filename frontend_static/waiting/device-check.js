import { isolated, node } from "../views.js";
import { deviceProblem } from "./device-problem.js";
import { devicesInUse } from "./devices-in-use.js";
import { measureLine } from "./line-check.js";
import { SoundLevel } from "./sound-level.js";

/** @type {{device: "camera" | "microphone", kind: "video" | "audio"}[]} */
const DEVICES = [{ device: "camera", kind: "video" }, { device: "microphone", kind: "audio" }];
const HEARD_FROM = 0.2;

/** Shows the reader's own picture and sound level, or the layer that blocks a device, and how good their line is. */
export class DeviceCheck {
	element = node("div", { class: "check" });
	#names = node("div", { class: "in-use" });
	#life = new AbortController();
	/** @type {MediaStream[]} */
	#streams = [];
	/** @type {SoundLevel | null} */
	#level = null;
	#texts;

	constructor(/** @type {Texts} */ texts) {
		this.#texts = texts;
	}

	/** @returns {Promise<boolean>} whether both devices work */
	async start() {
		this.#report("camera", "wait", "asking");
		// One prompt for both; if it fails, one for each, so that the error of one does not hide the other.
		const both = await this.#requestMedia({ video: true, audio: true });
		const found = await Promise.all(DEVICES.map(({ device, kind }) => this.#show(device, kind, both)));
		navigator.mediaDevices?.addEventListener?.("devicechange", () => this.#nameDevices(), this.#life);
		this.#nameDevices();
		this.#measureLine();
		return found.every(Boolean);
	}

	/** Stops camera and microphone at once; a stream that the browser grants later is stopped too. */
	stop() {
		this.#life.abort();
		this.#level?.stop();
		for (const stream of this.#streams) for (const track of stream.getTracks()) track.stop();
		this.element.remove();
	}

	/**
	 * @param {"camera" | "microphone"} device
	 * @param {"video" | "audio"} kind
	 * @param {MediaStream | Error} both
	 */
	async #show(device, kind, both) {
		// If a policy blocks one device, Chromium grants a request for both with the other one only.
		const isThere = both instanceof MediaStream && both.getTracks().some((track) => track.kind === kind);
		const media = isThere ? both : await this.#requestMedia({ [kind]: true });
		const problem = media instanceof MediaStream ? null : await deviceProblem(device, media);
		if (this.#life.signal.aborted) return true;
		if (problem) this.#report(device, "problem", `${device}.${problem}`);
		else if (media instanceof MediaStream) this[device](media);
		return !problem;
	}

	/** @returns {Promise<MediaStream | Error>} */
	async #requestMedia(/** @type {MediaStreamConstraints} */ constraints) {
		try {
			const stream = await navigator.mediaDevices.getUserMedia(constraints);
			this.#streams.push(stream);
			if (this.#life.signal.aborted) this.stop();
			return stream;
		} catch (error) {
			return /** @type {Error} */ (error);
		}
	}

	camera(/** @type {MediaStream} */ stream) {
		const picture = document.createElement("video");
		Object.assign(picture, { srcObject: stream, muted: true, autoplay: true, playsInline: true });
		picture.setAttribute("aria-label", this.#texts.picture);
		picture.addEventListener("loadeddata", () => this.#report("camera", "good", "camera.good"), { once: true });
		this.element.prepend(picture);
		this.#watch("camera", stream.getVideoTracks());
	}

	microphone(/** @type {MediaStream} */ stream) {
		this.#watch("microphone", stream.getAudioTracks());
		const meter = node("meter", { "aria-label": this.#texts.level, max: "1" });
		try {
			this.#level = new SoundLevel(stream, (level) => {
				meter.setAttribute("value", level.toFixed(2));
				if (level > HEARD_FROM) this.#report("microphone", "good", "microphone.good");
			});
			this.#report("microphone", "wait", "microphone.speak").after(meter);
		} catch {
			// Locked-down browsers have no sound.
			this.#report("microphone", "good", "microphone.unmeasured");
		}
	}

	/** Reports a device that is unplugged. */
	#watch(/** @type {"camera" | "microphone"} */ device, /** @type {MediaStreamTrack[]} */ tracks) {
		for (const track of tracks) {
			const report = () => {
				this.#report(device, "problem", `${device}.missing`);
				this.#nameDevices();
			};
			track.addEventListener("ended", report, this.#life);
		}
	}

	/** Measured after the devices, so that their start does not slow it down. */
	async #measureLine() {
		this.#report("line", "wait", "line.measuring");
		const verdict = await measureLine();
		if (this.#life.signal.aborted) return;
		const line = this.#report("line", verdict === "good" ? "good" : "problem", `line.${verdict}`);
		line.after(node("small", { class: "line-limits" }, [this.#texts["line.limits"]]));
	}

	/** Names the devices in use; unchanged names are left alone, so that screen readers stay silent. */
	async #nameDevices() {
		const used = await devicesInUse(this.#streams.flatMap((stream) => stream.getTracks()));
		const names = node("div", { class: "in-use" }, used.map(({ device, name }) =>
			node("small", {}, [`${this.#texts[`${device}.used`]} `, isolated(name)]),
		));
		if (names.textContent === this.#names.textContent) return;
		this.#names.replaceChildren(...names.children);
		this.element.append(this.#names);
	}

	/** Updates the device's line; an unchanged text is left alone, so that screen readers stay silent. */
	#report(/** @type {string} */ device, /** @type {string} */ result, /** @type {string} */ key) {
		const line = this.element.querySelector(`.${device}`) ?? this.element.appendChild(node("p", {}));
		if (line.textContent !== this.#texts[key]) line.replaceChildren(this.#texts[key]);
		line.className = `${device} ${result}`;
		return line;
	}
}
