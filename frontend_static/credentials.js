// A join secret, or the token of a sign-in.
const KINDS = ["j", "token"];
const HEADER_SAFE = /^[\w.~+/=-]+$/;

const storageKey = (/** @type {string} */ id) => `teleconsultation/${id}`;

/**
 * What the fragment carries, as "j=…" or "token=…"; it leaves the address bar and the history at once, and is kept for
 * a reload of this tab.
 */
export function credentialFromAddress(/** @type {string} */ id) {
	const fragment = new URLSearchParams(location.hash.slice(1));
	const kind = KINDS.find((name) => fragment.has(name));
	if (!kind) return null;
	history.replaceState(history.state, "", location.pathname + location.search);
	const secret = fragment.get(kind) ?? "";
	if (!HEADER_SAFE.test(secret)) return null;
	withStorage((storage) => storage.setItem(storageKey(id), `${kind}=${secret}`));
	return `${kind}=${secret}`;
}

export function keptCredential(/** @type {string} */ id) {
	return withStorage((storage) => storage.getItem(storageKey(id))) ?? null;
}

export function forgetCredential(/** @type {string} */ id) {
	withStorage((storage) => storage.removeItem(storageKey(id)));
}

// A browser may refuse storage: then the credential lives as long as the page.
function withStorage(/** @type {(storage: Storage) => string | null | void} */ use) {
	try {
		return use(sessionStorage);
	} catch {
		return undefined;
	}
}
