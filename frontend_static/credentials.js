// Keys of the fragment: a join secret, or the token of a sign-in.
const KINDS = ["j", "token"];
const HEADER_SAFE = /^[\w.~+/=-]+$/;

const storageKey = (/** @type {string} */ id) => `teleconsultation/${id}`;

/**
 * The credential in the fragment, as "j=…" or "token=…". Moves it out of address bar and history into the storage of
 * this tab.
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

// A browser may refuse storage; a reload then loses the credential.
function withStorage(/** @type {(storage: Storage) => string | null | void} */ use) {
	try {
		return use(sessionStorage);
	} catch {
		return undefined;
	}
}
