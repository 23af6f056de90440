// Every id has this form: 24 hexadecimal digits.
const ID = /\/teleconsultation\/+([\da-f]{24})(?![\da-z])/i;
// "j": the secret of a join link; "token": the token of a sign-in.
const CREDENTIAL = /[^\w-](?:(j)=([\w-]+)|(token)=([\w.~+/-]*[\w-]=*))/;
const INVISIBLE = /%(?:E2%80%8[B-F]|E2%81%A0|EF%BB%BF|C2%AD)/gi;
const ENCODED = /%([2-7][\da-f])/gi;

const storageKey = (/** @type {string} */ id) => `teleconsultation/${id}`;

/**
 * The visit's id and the credential ("j=…" or "token=…") in the page's address, also where a mail program has encoded
 * it or put text around it. Removes everything but id and language from the address bar and the history.
 */
export function readAddress() {
	const address = readable(location.pathname + location.search + location.hash);
	const id = ID.exec(address)?.[1].toLowerCase() ?? "";
	const [kind, secret] = (CREDENTIAL.exec(address) ?? []).slice(1).filter(Boolean);
	const language = new URLSearchParams(location.search).get("language");
	const query = language ? `?language=${encodeURIComponent(language)}` : "";
	const path = id ? `/teleconsultation/${id}` : kind ? "/" : location.pathname;
	history.replaceState(history.state, "", path + query);
	return { id, credential: kind ? `${kind}=${secret}` : null };
}

/** Decodes ASCII characters, also if they are encoded twice, and removes invisible ones. */
function readable(/** @type {string} */ address) {
	const decode = (/** @type {string} */ text) =>
		text.replace(INVISIBLE, "").replace(ENCODED, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
	return decode(decode(address));
}

export function keptCredential(/** @type {string} */ id) {
	return withStorage((storage) => storage.getItem(storageKey(id))) ?? null;
}

/** Keeps the credential in the storage of this tab, so that a reload needs no new link. */
export function keepCredential(/** @type {string} */ id, /** @type {string | null} */ credential) {
	if (credential) withStorage((storage) => storage.setItem(storageKey(id), credential));
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
