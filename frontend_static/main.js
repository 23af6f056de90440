import { forgetToken, keptToken, tokenFromAddress } from "./credentials.js";
import { loadPageConfig } from "./page-config.js";
import { TeleconsultationRoom } from "./teleconsultation-room.js";

const id = /^\/teleconsultation\/([\w-]+)\/?$/.exec(location.pathname)?.[1] ?? "";
// Before anything that waits: until here the token stands in the address bar.
const token = tokenFromAddress(id) ?? keptToken(id);

customElements.define("teleconsultation-room", TeleconsultationRoom);
const room = /** @type {TeleconsultationRoom} */ (document.querySelector("teleconsultation-room"));

room.addEventListener("teleconsultation-state", (event) => {
	const { state, title, language } = /** @type {CustomEvent} */ (event).detail;
	document.title = title;
	document.documentElement.lang = language;
	if (state === "signed-out") forgetToken(id);
});

const config = await loadPageConfig();
room.setAttribute("teleconsultation-id", id);
room.setAttribute("api-base-url", config.apiBaseUrl);
room.setAttribute("frame-origins", config.frameOrigins.join(" "));
room.toggleAttribute("local-mode", config.localMode);
room.setAttribute("language", new URLSearchParams(location.search).get("language") ?? "");

// A link pasted over the old one differs in its fragment only: the browser loads nothing.
addEventListener("hashchange", () => {
	const renewed = tokenFromAddress(id);
	if (renewed) room.open(renewed);
});
room.open(tokenFromAddress(id) ?? token);
