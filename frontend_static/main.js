import { credentialFromAddress, forgetCredential, keptCredential } from "./credentials.js";
import { loadPageConfig } from "./page-config.js";
import { TeleconsultationRoom } from "./teleconsultation-room.js";

const id = /^\/teleconsultation\/([\w-]+)\/?$/.exec(location.pathname)?.[1] ?? "";
// Before any await: until here the credential is in the address bar.
const credential = credentialFromAddress(id) ?? keptCredential(id);

customElements.define("teleconsultation-room", TeleconsultationRoom);
const room = /** @type {TeleconsultationRoom} */ (document.querySelector("teleconsultation-room"));

room.addEventListener("teleconsultation-state", (event) => {
	const { state, title, language, dir, isFinal } = /** @type {CustomEvent} */ (event).detail;
	document.title = title;
	Object.assign(document.documentElement, { lang: language, dir });
	if (isFinal && state !== "elsewhere") forgetCredential(id);
});

const config = await loadPageConfig();
if (config.theme || config.companyLogo) {
	// The page works without the clinic's colours.
	await import("./theme.js").then(({ applyTheme }) => applyTheme(room, config)).catch(() => null);
}
room.setAttribute("teleconsultation-id", id);
room.setAttribute("api-base-url", config.apiBaseUrl);
room.setAttribute("frame-origins", config.frameOrigins.join(" "));
room.toggleAttribute("local-mode", config.localMode);
room.setAttribute("language", new URLSearchParams(location.search).get("language") ?? "");

// A link pasted over the old one changes only the fragment: the browser does not reload.
addEventListener("hashchange", () => {
	const renewed = credentialFromAddress(id);
	if (renewed) room.open(renewed);
});
room.open(credentialFromAddress(id) ?? credential);
