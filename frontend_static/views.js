import { visitTimes } from "./times.js";
import { waitsText } from "./waiting/presence.js";

const EXPECTED = ["waiting", "scheduled", "pending", "ready", "left", "own-tab", "ended", "elsewhere", "sign-in"];

export const isTrouble = (/** @type {string} */ state) => !EXPECTED.includes(state);

/** Builds the panel of every state but the call. */
export function panelView(/** @type {Panel} */ panel, /** @type {Page} */ page) {
	const { state, language, title, text, moved, message, recording, logo, visit, link, actions, isEntering, clinic, afterVisit } = panel;
	const { texts } = page;
	const trouble = isTrouble(state);
	return node("section", { class: trouble ? "panel trouble" : "panel" }, [
		logo && node("img", logo),
		node("span", { class: "icon" }),
		node("p", { class: "service" }, clinic ? [isolated(clinic), ` · ${texts.service}`] : [texts.service]),
		node("h1", { tabindex: "-1" }, [title]),
		message && node("p", { class: "message" }, [node("small", {}, [message.from]), isolated(message.text)]),
		moved && node("p", { class: "moved" }, [moved]),
		recording && node("p", { class: "recording" }, [recording]),
		node("p", {}, [text]),
		state === "scheduled" && node("p", { class: "countdown" }, [texts.opensIn, node("strong", { role: "timer" })]),
		...actions.map((action) => (isEntering ? enteringButton(texts) : button(action, page))),
		link && ownTabLink(link, page),
		siteLink(afterVisit, texts.afterVisit),
		visit && (!trouble || state === "unreachable") && visitView(visit, { language, texts }),
	]);
}

function visitView(/** @type {CallData} */ visit, /** @type {Locale} */ { language, texts }) {
	const { day, hours, zone } = visitTimes(visit, language);
	const people = visit.participantsBandyerCall.filter(({ fullName }) => fullName);
	return node("dl", {}, [
		node("dt", {}, [texts.when]),
		node("dd", {}, [node("strong", {}, [day]), node("strong", {}, [hours]), node("small", {}, [zone])]),
		people.length > 0 && node("dt", {}, [texts.people]),
		...people.map((person) => {
			const waits = waitsText(person, visit, { language, texts });
			return node("dd", {}, [
				isolated(person.fullName),
				person.role === "plus" && texts.organiser,
				person.bandyerUserId === visit.bandyerUserId && ` (${texts.you})`,
				waits && node("small", { class: "waits" }, [waits]),
			]);
		}),
	]);
}

export function button(/** @type {string} */ action, /** @type {Page} */ { texts, act }) {
	const made = node("button", { class: action }, [texts[action]]);
	made.addEventListener("click", () => act(action));
	return made;
}

/** In the place of "Enter" while the reader's press takes time; another press does nothing. */
function enteringButton(/** @type {Texts} */ texts) {
	return node("button", { class: "enter", "aria-disabled": "true" }, [texts.entering]);
}

export function ownTabLink(/** @type {string} */ link, /** @type {Page} */ { texts, act }) {
	const made = node("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, [texts.ownTab]);
	made.addEventListener("click", () => act("ownTab"));
	return made;
}

/** A text of somebody else, which may be written from right to left: it does not turn its line around. */
export function isolated(/** @type {string | null | undefined} */ text) {
	return node("bdi", {}, [text]);
}

/** A link that leaves this page where it is; null for every address but those of secure sites. */
export function siteLink(/** @type {string | undefined} */ href = "", /** @type {string | Node} */ text) {
	if (!/^https:\/\//.test(href)) return null;
	return node("a", { href, target: "_blank", rel: "noopener noreferrer" }, [text]);
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string | null | undefined | false)[]} [children]
 */
export function node(tag, attributes, children = []) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
	for (const child of children) if (child) made.append(child);
	return made;
}
