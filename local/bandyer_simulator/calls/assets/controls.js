import { announce, element, part, text } from "./page.js";

/** @import { Blocked, OwnMedia } from "./own-media.js" */
/** @import { Kind } from "./peer.js" */

const SWITCHES = {
	audio: { id: "microphone", icon: "mic", on: "mute", off: "unmute" },
	video: { id: "camera", icon: "cam", on: "camera_off", off: "camera_on" },
};

/** The bar below the stage, and the notice about blocked devices. */
export class Controls {
	#media;
	#onChange;
	#notice = element("devices", HTMLElement);
	#dismissed = "";

	/**
	 * @param {OwnMedia} media
	 * @param {{mayCamera: boolean, onChange: () => void, onLeave: () => void}} options
	 */
	constructor(media, { mayCamera, onChange, onLeave }) {
		this.#media = media;
		this.#onChange = onChange;
		element("end", HTMLButtonElement).addEventListener("click", onLeave);
		element("microphone", HTMLButtonElement).addEventListener("click", () =>
			this.#change(() => media.setMicrophone(!media.isOn("audio"))),
		);
		const camera = element("camera", HTMLButtonElement);
		camera.hidden = !mayCamera;
		camera.addEventListener("click", () => this.#change(() => media.setCamera(!media.isOn("video"))));
		element("retry", HTMLButtonElement).addEventListener("click", () =>
			this.#change(() =>
				media.start({ audio: "audio" in media.blocked, video: "video" in media.blocked }),
			),
		);
		element("dismiss", HTMLButtonElement).addEventListener("click", () => {
			this.#dismissed = this.#explained();
			this.#notice.hidden = true;
			element("microphone", HTMLButtonElement).focus();
		});
	}

	/** Show which devices are on, off or blocked. */
	show() {
		for (const kind of /** @type {Kind[]} */ (["audio", "video"])) {
			const { id, icon, on, off } = SWITCHES[kind];
			const button = element(id, HTMLButtonElement);
			const isOn = this.#media.isOn(kind);
			button.disabled = false;
			button.classList.toggle("off", !isOn);
			part(button, "span", HTMLElement).textContent = text(isOn ? on : off);
			part(button, "use", SVGUseElement).setAttribute("href", isOn ? `#${icon}` : `#${icon}-off`);
		}
		const explained = this.#explained();
		this.#notice.hidden = explained === "" || explained === this.#dismissed;
		const place = part(this.#notice, "p", HTMLElement);
		if (place.textContent !== explained) {
			place.textContent = explained;
			announce(explained);
		}
	}

	#explained() {
		const { audio, video } = this.#media.blocked;
		return audio || video ? explanation(audio, video) : "";
	}

	/** @param {() => Promise<void>} change */
	async #change(change) {
		this.#dismissed = "";
		await change();
		this.show();
		this.#onChange();
	}
}

/**
 * The notice about blocked devices, with a remedy.
 * @param {Blocked | undefined} audio
 * @param {Blocked | undefined} video
 */
function explanation(audio, video) {
	const effect = text(audio && video ? "unheard_unseen" : audio ? "unheard" : "unseen");
	if (audio && audio === video) {
		return `${effect} ${text(`blocked_${audio}`, { device: text("device_both") })}`;
	}
	const causes = [
		audio && text(`blocked_${audio}`, { device: text("device_audio") }),
		video && text(`blocked_${video}`, { device: text("device_video") }),
	];
	return [effect, ...causes.filter(Boolean)].join(" ");
}
