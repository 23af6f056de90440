import { visitTimes } from "./times.js";

const EXPECTED = ["waiting", "scheduled", "pending", "left", "ended", "elsewhere"];

/** Builds the panel of every state but the call. */
export function panelView(/** @type {Panel} */ panel, /** @type {Page} */ page) {
	const { state, language, text, logo, visit, link, actions } = panel;
	const { texts } = page;
	const trouble = !EXPECTED.includes(state);
	return node("section", { class: trouble ? "panel trouble" : "panel" }, [
		logo && node("img", { src: logo, alt: "" }),
		node("span", { class: "icon" }),
		node("p", { class: "service" }, [texts.service]),
		node("h1", { tabindex: "-1" }, [texts[`${state}.title`]]),
		node("p", {}, [text]),
		state === "scheduled" && node("p", { class: "countdown" }, [texts.opensIn, node("strong", { role: "timer" })]),
		visit && (!trouble || state === "unreachable") && visitView(visit, { language, texts }),
		...actions.map((action) => button(action, page)),
		link && ownTabLink(link, page),
	]);
}

function visitView(/** @type {CallData} */ visit, /** @type {Locale} */ { language, texts }) {
	const { day, hours, zone } = visitTimes(visit, language);
	const people = visit.participantsBandyerCall.filter(({ fullName }) => fullName);
	return node("dl", {}, [
		node("dt", {}, [texts.when]),
		node("dd", {}, [node("strong", {}, [day]), node("strong", {}, [hours]), node("small", {}, [zone])]),
		people.length > 0 && node("dt", {}, [texts.people]),
		...people.map(({ fullName, bandyerUserId }) =>
			node("dd", {}, [fullName, bandyerUserId === visit.bandyerUserId && ` (${texts.you})`]),
		),
	]);
}

export function button(/** @type {string} */ action, /** @type {Page} */ { texts, act }) {
	const made = node("button", { class: action }, [texts[action]]);
	made.addEventListener("click", () => act(action));
	return made;
}

export function ownTabLink(/** @type {string} */ link, /** @type {Page} */ { texts, act }) {
	const made = node("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, [texts.ownTab]);
	made.addEventListener("click", () => act("ownTab"));
	return made;
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
