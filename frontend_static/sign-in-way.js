/**
 * How a reader without a link's secret signs in, by the configuration; null where nothing is configured. Rejects if
 * signing in cannot start.
 * @param {SignIn | undefined} signIn
 * @returns {((visit: SignInVisit) => Promise<void>) | null}
 */
export function signInWay(signIn) {
	if (signIn?.clientId) return async (visit) => (await import("./sign-in.js")).startSignIn(signIn, visit);
	if (!signIn?.url) return null;
	return async ({ id, language }) => {
		const page = `${location.origin}/teleconsultation/${id}${language ? `?language=${language}` : ""}`;
		location.assign(signIn.url.replace("{page}", encodeURIComponent(page)));
	};
}

/**
 * Takes up the visit whose reader comes back from the issuer, and gives the address its path again; null if nobody does.
 * @param {SignIn | undefined} signIn
 * @returns {Promise<(SignInVisit & {credential: string | null}) | null>}
 */
export async function signedInVisit(signIn) {
	if (!signIn?.clientId || location.pathname !== "/signed-in") return null;
	const answer = location.search;
	// A code is of use to nobody else, but has no place in the history.
	history.replaceState(history.state, "", location.pathname);
	const { finishSignIn } = await import("./sign-in.js");
	const visit = await finishSignIn(signIn, answer);
	const query = visit.language ? `?language=${encodeURIComponent(visit.language)}` : "";
	history.replaceState(history.state, "", visit.id ? `/teleconsultation/${visit.id}${query}` : "/");
	return visit;
}
