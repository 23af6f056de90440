import { Consent } from "./consent.js";
import { forgetCredential, keepCredential, keptCredential, readAddress } from "./credentials.js";
import { readPageConfig } from "./page-config.js";
import { signInWay, signedInVisit } from "./sign-in-way.js";
import { TeleconsultationRoom } from "./teleconsultation-room.js";
import { applyTheme } from "./theme.js";

const config = readPageConfig();
const signedIn = await signedInVisit(config.signIn);
// Until here the credential is in the address bar.
const { id, credential: given } = readAddress();
let credential = signedIn?.credential ?? given ?? keptCredential(id);
keepCredential(id, credential);

/** Takes the credential of a link that was pasted over the old one. */
function takeRenewed() {
	const renewed = readAddress().credential;
	credential = renewed ?? credential;
	keepCredential(id, renewed);
	return renewed !== null;
}

customElements.define("teleconsultation-room", TeleconsultationRoom);
const room = /** @type {TeleconsultationRoom} */ (document.querySelector("teleconsultation-room"));

room.addEventListener("teleconsultation-state", (event) => {
	const { title, language, dir, isFinal } = /** @type {CustomEvent} */ (event).detail;
	document.title = title;
	Object.assign(document.documentElement, { lang: language, dir });
	if (isFinal) forgetCredential(id);
	// A visit that is over may be moved.
	else keepCredential(id, credential);
});

room.help = { clinic: config.clinic ?? {}, links: config.links ?? {} };
room.consent = new Consent(config.consent);
room.signIn = signInWay(config.signIn);
room.toggleAttribute("sign-in-failed", signedIn?.credential === null);
try {
	if (config.theme || config.companyLogo || config.clinic?.logo) applyTheme(room, config);
} catch {
	// The page works without the clinic's colours.
}
room.setAttribute("teleconsultation-id", id);
room.setAttribute("api-base-url", config.apiBaseUrl);
room.setAttribute("frame-origins", config.frameOrigins.join(" "));
room.toggleAttribute("local-mode", config.localMode);
room.toggleAttribute("enters-directly", config.entersDirectly ?? false);
room.setAttribute("language", new URLSearchParams(location.search).get("language") ?? "");

// Such a link changes only the fragment: the browser does not reload.
addEventListener("hashchange", () => takeRenewed() && room.open(credential));
room.open(credential);
