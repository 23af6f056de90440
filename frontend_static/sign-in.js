import { timeLimit } from "./time-limit.js";

const STORAGE_KEY = "sign-in";
const TIMEOUT_MS = 10_000;
// The issuer knows this address, so it has no visit's id; the site answers it with index.html.
const RETURN_PATH = "/signed-in";
const TOKEN = /^[\w.~+/-]+=*$/;

/**
 * Leads to the issuer, which leads back to `RETURN_PATH` with a code: authorization code with PKCE (RFC 7636), and
 * OpenID Connect's nonce. Rejects where the browser refuses storage or cryptography.
 */
export async function startSignIn(/** @type {SignIn} */ signIn, /** @type {SignInVisit} */ { id, language }) {
	const [state, nonce, verifier] = [random(), random(), random()];
	const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
	sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ state, nonce, verifier, id, language }));
	// The issuer's own query stays (RFC 6749, section 3.1).
	const url = new URL(signIn.authorizationEndpoint);
	const parameters = {
		response_type: "code",
		client_id: signIn.clientId,
		redirect_uri: location.origin + RETURN_PATH,
		scope: signIn.scope,
		state,
		nonce,
		code_challenge: base64url(new Uint8Array(digest)),
		code_challenge_method: "S256",
	};
	for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
	location.assign(url);
}

/**
 * Takes the issuer's answer in the address, and its token. A code works once, and only in the tab that has asked.
 * @param {SignIn} signIn
 * @param {string} answer the query of the address
 * @returns {Promise<SignInVisit & {credential: string | null}>} without a credential if signing in has failed
 */
export async function finishSignIn(signIn, answer) {
	let visit = { id: "", language: "" };
	try {
		const asked = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "");
		sessionStorage.removeItem(STORAGE_KEY);
		visit = { id: asked.id, language: asked.language };
		const given = new URLSearchParams(answer);
		const code = given.get("code");
		if (code && given.get("state") === asked.state) {
			return { ...visit, credential: await fetchCredential(signIn, { ...asked, code }) };
		}
	} catch {
		// Nothing was asked in this tab, or the issuer does not answer as it should.
	}
	return { ...visit, credential: null };
}

async function fetchCredential(
	/** @type {SignIn} */ { tokenEndpoint, clientId },
	/** @type {{code: string, verifier: string, nonce: string}} */ { code, verifier, nonce },
) {
	const response = await fetch(tokenEndpoint, {
		method: "POST",
		body: new URLSearchParams({
			grant_type: "authorization_code",
			code,
			redirect_uri: location.origin + RETURN_PATH,
			client_id: clientId,
			code_verifier: verifier,
		}),
		cache: "no-store",
		credentials: "omit",
		redirect: "error",
		signal: timeLimit(TIMEOUT_MS),
	});
	const body = await response.json();
	// Over TLS from the issuer itself, so its signature is not checked (OpenID Connect Core, 3.1.3.7).
	const payload = body.id_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
	const isOurs = JSON.parse(atob(payload)).nonce === nonce;
	return response.ok && isOurs && TOKEN.test(body.access_token) ? `token=${body.access_token}` : null;
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(/** @type {Uint8Array} */ bytes) {
	return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
