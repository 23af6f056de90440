// The call page: lobby (only for rooms without directCall) -> call -> ended.

import { Chat } from "./chat.js";
import { Controls } from "./controls.js";
import { Mesh } from "./mesh.js";
import { OwnMedia } from "./own-media.js";
import { announce, element, page, part, settings, text } from "./page.js";
import { Screen } from "./screen.js";
import { Signalling } from "./signalling.js";
import { Stage } from "./stage.js";
import { TimeLeft } from "./time-left.js";
import { Whiteboard } from "./whiteboard.js";

/** @import { Person } from "./signalling.js" */
/** @typedef {"ended" | "closed" | "time_up" | "replaced"} Ending */

const OWN = "own";
const join = element("join", HTMLButtonElement);
const again = element("again", HTMLButtonElement);
const lost = element("lost", HTMLElement);
const alone = element("alone", HTMLElement);

// The hint is shown only when the browser really asks; most remember an earlier permission.
const ASKING_AFTER_MS = 1000;

/** @param {"lobby" | "call" | "ended"} state */
function show(state) {
	page.dataset.state = state;
	join.hidden = state !== "lobby";
	element("room", HTMLElement).hidden = state !== "call";
	announce(element("status", HTMLElement).dataset[state] ?? "");
}

async function enter() {
	show("call");
	await loaded();
	/** @type {Map<string, Person & {screen: MediaStream}>} */
	const others = new Map();
	let me = "";
	const stage = new Stage();
	const timeLeft = new TimeLeft();
	const media = new OwnMedia((kind, track) => {
		mesh.use(kind, track);
		changed();
	});
	const mesh = new Mesh(media.stream, {
		send: (to, signal) => void signalling.send({ type: "signal", to, signal }),
		onConnected: (id, connected) => stage.showConnected(id, connected),
		onLoudness: (id, loudness) => stage.showLoudness(id, loudness),
	});
	const chat = ["chat", "file_upload"].some((tool) => settings.tools.has(tool))
		? new Chat({
				text: (written) => signalling.send({ type: "chat", text: written }),
				file: (file) => signalling.sendFile(file),
			})
		: null;
	const screen = new Screen({
		use: (track) => mesh.use("screen", track),
		send: (on) => signalling.send({ type: "screen", on }),
		onShown: arrange,
	});
	const board = settings.tools.has("whiteboard")
		? new Whiteboard({
				draw: (points) => signalling.send({ type: "stroke", points }),
				wipe: () => void signalling.send({ type: "wipe" }),
				onShown: arrange,
			})
		: null;
	const controls = new Controls(media, {
		mayCamera: settings.mayCamera,
		onChange: changed,
		onLeave: () => {
			signalling.leave();
			over("ended");
		},
	});

	const signalling = new Signalling(settings.channel, {
		welcome({ you, peers, presenter, strokes }) {
			// Also after a lost connection: the server assigns a new id, so everything starts again.
			lost.hidden = true;
			alone.textContent = text("alone");
			alone.hidden = false;
			for (const id of [...others.keys()]) {
				remove(id);
			}
			me = you;
			for (const person of peers) {
				add(person, { newcomer: false });
			}
			present(presenter);
			screen.resume();
			board?.restart(strokes);
			changed();
		},
		joined({ peer }) {
			add(peer, { newcomer: true });
			announce(text("joined", { name: peer.name }));
		},
		left({ peer }) {
			announce(text("left", { name: others.get(peer)?.name ?? "" }));
			if (screen.presenter === peer) {
				present(null);
			}
			remove(peer);
		},
		signal: ({ from, signal }) => mesh.receive(from, signal),
		media: ({ peer }) => stage.showMedia(peer.id, peer),
		chat: (message) => chat?.show(message, { own: message.from === me }),
		file: (message) => chat?.showFile(message, { own: message.from === me }),
		screen: ({ presenter }) => present(presenter),
		stroke: (stroke) => board?.add(stroke, { own: stroke.from === me }),
		wipe: () => board?.clear(),
		time_left: (left) => timeLeft.show(left),
		expelled: ({ reason }) => over(reason),
		lost: () => {
			lost.hidden = false;
		},
		refused: () => over("closed"),
	});

	/**
	 * @param {Person} person
	 * @param {{newcomer: boolean}} role
	 */
	function add(person, role) {
		const { stream, screen } = mesh.add(person, role);
		others.set(person.id, { ...person, screen });
		stage.add(person.id, { name: person.name, stream });
		stage.showMedia(person.id, person);
	}

	/** @param {string} id */
	function remove(id) {
		others.delete(id);
		mesh.remove(id);
		stage.remove(id);
	}

	/** @param {string | null} presenter */
	function present(presenter) {
		screen.show(presenter, { me, person: others.get(presenter ?? "") });
	}

	function arrange() {
		stage.arrange(screen.isShown || board?.isOpen === true);
	}

	function changed() {
		const state = { microphone: media.isOn("audio"), camera: media.isOn("video") };
		stage.showMedia(OWN, state);
		controls.show();
		if (me) {
			void signalling.send({ type: "media", ...state });
		}
	}

	/** @param {Ending} ending */
	function over(ending) {
		me = "";
		removeEventListener("pagehide", leaveWithPage);
		signalling.close();
		mesh.close();
		media.stop();
		screen.stop();
		stage.clear();
		timeLeft.stop();
		farewell(ending);
	}

	function leaveWithPage() {
		signalling.leave();
	}

	addEventListener("pagehide", leaveWithPage);
	stage.add(OWN, { name: settings.name, label: text("own"), stream: media.stream, own: true });
	stage.showMedia(OWN, { microphone: false, camera: false });
	const asking = setTimeout(() => {
		alone.hidden = false;
	}, ASKING_AFTER_MS);
	await media.start({ audio: settings.microphone, video: settings.camera });
	clearTimeout(asking);
	changed();
	// Join only now, after the answer to the browser's permission prompt.
	if (page.dataset.state === "call") {
		signalling.open();
	}
}

/** Resolves after the page's load event; a stream before it would delay the load event of the embedding page. */
async function loaded() {
	if (document.readyState !== "complete") {
		await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
	}
}

/** @param {Ending} ending */
function farewell(ending) {
	show("ended");
	const takenOn = settings.redirectUrl !== "" && ending !== "replaced";
	if (ending !== "ended") {
		announce(takenOn ? `${text(ending)} ${text("moment")}` : text(ending));
	}
	// A closed room cannot be entered again.
	again.hidden = ending === "closed" || ending === "time_up";
	if (ending === "replaced") {
		again.textContent = text("take_back");
	}
	// The focused button is removed: move the focus to the next action, or to the heading.
	(again.hidden ? part(page, "h1", HTMLElement) : again).focus();
	if (takenOn) {
		// Inside this frame, like the provider: the company's page replaces the call page.
		setTimeout(() => location.assign(settings.redirectUrl), settings.redirectAfterMs);
	}
}

join.addEventListener("click", () => void enter());
// Reload through the server, which checks whether the link still works.
again.addEventListener("click", () => location.reload());
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

if (page.dataset.state === "call") {
	void enter();
} else {
	show("lobby");
	join.focus();
}
