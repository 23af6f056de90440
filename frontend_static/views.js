import { visitTimes } from "./times.js";

const EXPECTED = ["waiting", "scheduled", "pending", "left", "ended"];

/**
 * The words and the next step of every state but the call itself.
 * @param {Panel} panel
 * @param {Page} page
 */
export function panelView({ state, language, text, visit, link }, page) {
	const { texts } = page;
	const trouble = !EXPECTED.includes(state);
	return node("section", { class: trouble ? "panel trouble" : "panel" }, [
		node("span", { class: "icon" }),
		node("p", { class: "service" }, [texts.service]),
		node("h1", { tabindex: "-1" }, [texts[`${state}.title`]]),
		node("p", {}, [text]),
		state === "scheduled" && node("p", { class: "countdown" }, [texts.opensIn, node("strong", { role: "timer" })]),
		visit && (!trouble || state === "unreachable") && visitView(visit, { language, texts }),
		state === "left" && button("reenter", page),
		state === "unreachable" && button("askNow", page),
		link && ownTabLink(link, page),
	]);
}

/** The line above the call. */
export function callBarView(/** @type {string} */ link, /** @type {Page} */ page) {
	const title = node("h1", {}, [page.texts.service]);
	return node("header", {}, [title, ownTabLink(link, page), button("leave", page)]);
}

/**
 * What changed during the call, and what may be done about it.
 * @param {{notice: string, link: string}} what
 * @param {Page} page
 */
export function noticeView({ notice, link }, page) {
	return node("div", { class: "notice" }, [
		node("p", {}, [page.texts[`notice.${notice}`]]),
		notice === "moved" && button("moveOver", page),
		notice === "changed" && button("showChange", page),
		notice === "slow" && ownTabLink(link, page),
	]);
}

/** What a screen reader says without being asked. */
export const statusView = () => node("p", { role: "status" });

/**
 * @param {CallData} visit
 * @param {{language: string, texts: Texts}} words
 */
function visitView(visit, { language, texts }) {
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

function button(/** @type {string} */ action, /** @type {Page} */ { texts, act }) {
	const made = node("button", { class: action }, [texts[action]]);
	made.addEventListener("click", () => act(action));
	return made;
}

function ownTabLink(/** @type {string} */ link, /** @type {Page} */ { texts, act }) {
	const made = node("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, [texts.ownTab]);
	made.addEventListener("click", () => act("ownTab"));
	return made;
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string | null | undefined | false)[]} [children]
 */
function node(tag, attributes, children = []) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
	for (const child of children) if (child) made.append(child);
	return made;
}
