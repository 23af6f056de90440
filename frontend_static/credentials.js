const HEADER_SAFE = /^[\w.~+/=-]+$/;

const storageKey = (/** @type {string} */ id) => `teleconsultation/${id}`;

/**
 * The token or join secret in the fragment, which leaves the address bar at once; kept for a reload.
 * @param {string} id
 * @returns {string | null}
 */
export function tokenFromAddress(id) {
	const fragment = new URLSearchParams(location.hash.slice(1));
	const token = fragment.get("token") ?? fragment.get("j");
	if (token === null) return null;
	history.replaceState(history.state, "", location.pathname + location.search);
	if (!HEADER_SAFE.test(token)) return null;
	withStorage((storage) => storage.setItem(storageKey(id), token));
	return token;
}

export function keptToken(/** @type {string} */ id) {
	return withStorage((storage) => storage.getItem(storageKey(id))) ?? null;
}

export function forgetToken(/** @type {string} */ id) {
	withStorage((storage) => storage.removeItem(storageKey(id)));
}

// Storage may be refused.
function withStorage(/** @type {(storage: Storage) => string | null | void} */ use) {
	try {
		return use(sessionStorage);
	} catch {
		return undefined;
	}
}
