const TIMEOUT_MS = 10_000;

// Keyed by status: API Gateway's own errors carry no code.
/** @type {Record<number, ProblemKind>} */
const KINDS = { 400: "not-found", 401: "signed-out", 403: "not-participant", 404: "not-found", 410: "cancelled" };

export class CallDataError extends Error {
	constructor(/** @type {ProblemKind} */ kind, retryAfterSeconds = 0) {
		super(kind);
		this.kind = kind;
		this.retryAfterSeconds = retryAfterSeconds;
	}
}

/** @returns {Promise<CallData | CallDataError>} the visit's data, or why it is missing */
export async function fetchCallData(/** @type {CallDataRequest} */ { apiBaseUrl, id, credential, language }) {
	const [kind, secret] = credential.split(/=(.*)/);
	const route = `${apiBaseUrl}/teleconsultation/${id}${kind === "j" ? "/join" : ""}`;
	const query = /^[a-z]{2,3}(-\w{2,8})*$/i.test(language) ? `?language=${language}` : "";
	try {
		const response = await fetch(route + query, {
			headers: { Authorization: `Bearer ${secret}` },
			cache: "no-store",
			credentials: "omit",
			redirect: "error",
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		const problem = KINDS[response.status] ?? "unreachable";
		if (!response.ok) return new CallDataError(problem, Number(response.headers.get("Retry-After")) || 0);
		const body = await response.json();
		if (typeof body.state === "string" && Date.parse(body.serverTime)) return body;
	} catch {
		// An unreadable answer counts as none.
	}
	return new CallDataError("unreachable");
}
