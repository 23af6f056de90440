import { tellConsent } from "./call-data.js";
import { node, siteLink } from "./views.js";

const GIVEN = "consents";
const OUTDATED = "consent-outdated";

/** What the reader agrees to before they enter. Without a version nothing is asked. */
export class Consent {
	/** @type {string} */
	#version;
	/** @type {string} */
	#url;
	/** @type {Record<string, string>} */
	#texts;
	/** Kept, so that a tick survives a new answer of the service. */
	#box = /** @type {HTMLInputElement} */ (node("input", { type: "checkbox", "aria-describedby": "consent-text consent-first" }));
	/** Whose tick the box has. */
	#asked = "";
	#first = node("p", { id: "consent-first", role: "alert" });
	/** What the reader has agreed to on this page, and whether the service has stored it. */
	#agreed = "";
	#isStored = true;

	constructor(/** @type {ConsentConfig} */ { version = "", url = "", texts = {} } = {}) {
		[this.#version, this.#url, this.#texts] = [version, url, texts];
	}

	/** Whether the reader has to agree before they enter. */
	isAskedOf(/** @type {CallData | null} */ visit) {
		if (!this.#version || !visit) return false;
		const key = this.#key(visit);
		return key !== this.#agreed && !kept().includes(key);
	}

	/** What is shown above "Enter"; null if there is nothing to ask. */
	shown(/** @type {CallData | null} */ visit, /** @type {string} */ language) {
		if (!visit || !this.isAskedOf(visit)) return null;
		if (this.#asked !== this.#key(visit)) {
			// Another reader's link was opened in this tab.
			this.#asked = this.#key(visit);
			this.#box.checked = false;
		}
		const known = language in this.#texts ? language : Object.keys(this.#texts)[0];
		return {
			text: known ? this.#texts[known] : "",
			language: known ?? language,
			href: this.#url.replace("{language}", language),
		};
	}

	/** @param {NonNullable<ReturnType<Consent["shown"]>>} shown */
	view({ text, language, href }, /** @type {Texts} */ texts) {
		this.#first.replaceChildren();
		this.#box.removeAttribute("aria-invalid");
		const link = siteLink(href, texts["consent.whole"]);
		return node("div", { class: "consent" }, [
			node("div", { id: "consent-text" }, [text && node("p", { lang: language, dir: "auto" }, [text]), link && node("p", {}, [link])]),
			node("label", {}, [this.#box, texts["consent.agree"]]),
			this.#first,
		]);
	}

	/** Whether the reader agrees, or has agreed before; if not, says so where it is asked. */
	isGiven(/** @type {CallData} */ visit, /** @type {Texts} */ texts) {
		if (!this.isAskedOf(visit) || this.#box.checked) return true;
		this.#box.setAttribute("aria-invalid", "true");
		this.#first.textContent = texts["consent.first"];
		this.#box.focus();
		return false;
	}

	/**
	 * Tells the service that the reader agrees. Never rejects.
	 * @returns {Promise<boolean>} whether they may enter. A service that cannot store it keeps nobody out.
	 */
	async store(/** @type {VisitRequest} */ request, /** @type {CallData} */ visit) {
		if (!this.#version) return true;
		const [key, isNew] = [this.#key(visit), this.isAskedOf(visit)];
		this.#isStored = false;
		const told = this.#tell(request, key);
		// Who has agreed before need not wait; the service keeps the first time.
		if (isNew && (await told) === "outdated" && isFirstTime(this.#version)) {
			// The text is another one now: it is asked for after the page has loaded it.
			location.reload();
			return false;
		}
		this.#agreed = key;
		return true;
	}

	/** Tells the service again what it could not store, if the reader is still the same. */
	async repeat(/** @type {VisitRequest} */ request, /** @type {CallData | null} */ visit) {
		const isTheirs = visit && this.#agreed === this.#key(visit);
		if (isTheirs && !this.#isStored) await this.#tell(request, this.#agreed);
	}

	async #tell(/** @type {VisitRequest} */ request, /** @type {string} */ key) {
		const outcome = await tellConsent(request, this.#version);
		if (outcome === "stored") {
			this.#isStored = true;
			use(() => sessionStorage.setItem(GIVEN, JSON.stringify([...kept(), key])));
		}
		return outcome;
	}

	/** By visit, person and version. */
	#key(/** @type {CallData} */ { roomId, bandyerUserId }) {
		return [roomId, bandyerUserId, this.#version].join(" ");
	}
}

/** @returns {string[]} what this tab's readers have agreed to */
function kept() {
	const found = use(() => JSON.parse(sessionStorage.getItem(GIVEN) ?? "[]"));
	return Array.isArray(found) ? found : [];
}

/** Whether this tab is told for the first time that the version is outdated; a page that cannot tell does not load again. */
function isFirstTime(/** @type {string} */ version) {
	return use(() => {
		if (sessionStorage.getItem(OUTDATED) === version) return false;
		sessionStorage.setItem(OUTDATED, version);
		return true;
	});
}

/**
 * A browser may refuse storage, or hold there what is not ours.
 * @template Value
 * @param {() => Value} action
 */
function use(action) {
	try {
		return action();
	} catch {
		return null;
	}
}
