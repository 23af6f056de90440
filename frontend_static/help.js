import { isTrouble, isolated, node, siteLink } from "./views.js";

/** The first letter of the code, by what the page shows; docs/page-codes.md explains each to the help desk. */
/** @type {Record<string, string>} */
const LETTERS = {
	"cancelled": "C",
	"offline": "D",
	"not-found": "F",
	"incomplete": "H",
	"inApp": "J",
	"camera": "K",
	"credential-lost": "L",
	"not-participant": "N",
	"refused": "R",
	"signed-out": "S",
	"insecure": "T",
	"unreachable": "U",
};
const LINKS = ["help", "privacy", "terms"];

/** The code that a reader in trouble reads out: what is shown, the last status, the end of the visit's id. */
export function troubleCode(/** @type {Trouble} */ { reason, status, id }) {
	return [LETTERS[reason], String(status).padStart(3, "0"), id.slice(-6).toUpperCase()].filter(Boolean).join("-");
}

/**
 * Builds the content of the page's footer: whom to call, the code to read out, and the clinic's links.
 * @param {{state: string, code: string, help: Help, texts: Texts}} shown
 */
export function helpView({ state, code, help: { clinic, links }, texts }) {
	const sites = LINKS.map((name) => siteLink(links[name], texts[`link.${name}`]));
	const name = clinic.name && isolated(clinic.name);
	const items = [name && (siteLink(clinic.url, name) ?? name), ...sites].filter(Boolean);
	return [
		phoneView(clinic, texts[isTrouble(state) && state !== "cancelled" ? "cannotEnter" : "questions"]),
		clinic.phone && clinic.hours && node("p", {}, [isolated(clinic.hours)]),
		code && node("p", {}, [`${texts.troubleCode} `, node("strong", { dir: "ltr" }, [code])]),
		items.length > 0 && node("ul", {}, items.map((item) => node("li", {}, [item]))),
	];
}

/** The clinic's telephone number after some words; null without a number. */
export function phoneView(/** @type {Clinic} */ { phone }, /** @type {string} */ words) {
	if (!phone) return null;
	const number = node("a", { href: `tel:${phone.replace(/[^+\d]/g, "")}`, dir: "ltr" }, [phone]);
	return node("p", {}, [`${words} `, number]);
}
