import { timeLimit } from "./time-limit.js";

const TIMEOUT_MS = 10_000;
// The longest time that the service takes for a change.
const CHECK_TIMEOUT_MS = 25_000;
// The reader has pressed "Enter" and waits for it.
const CONSENT_TIMEOUT_MS = 4_000;

// Keyed by status and the service's own code: proxies and CDNs answer with the same statuses.
/** @type {Record<string, ProblemKind>} */
const KINDS = {
	"401 missing_credentials": "credential-lost",
	"403 insufficient_scope": "signed-out",
	"403 not_a_participant": "not-participant",
	"404 not_found": "not-found",
	"410 deleted": "cancelled",
};
const DATES = ["serverTime", "startDate", "endDate", "opensAt"];

export class CallDataError extends Error {
	/** `status` 0: there was no answer. */
	constructor(/** @type {ProblemKind} */ kind, { retryAfterSeconds = 0, status = 0 } = {}) {
		super(kind);
		this.kind = kind;
		this.status = status;
		this.retryAfterSeconds = retryAfterSeconds;
	}
}

/**
 * Sets the clock by a good answer.
 * @param {CallDataRequest} request
 * @param {Pick<import("./server-clock.js").ServerClock, "sync">} clock
 * @returns {Promise<CallData | CallDataError>} the visit's data, or why it is missing
 */
export async function fetchCallData({ apiBaseUrl, id, credential, language }, clock) {
	const { route, secret } = visit({ apiBaseUrl, id, credential });
	const query = languageQuery(language);
	const question = { url: route + query, secret };
	let [retryAfterSeconds, status] = [0, 0];
	try {
		const { response, ...span } = await (firstReply(question) ?? ask(question));
		status = response.status;
		retryAfterSeconds = Number(response.headers.get("Retry-After")) || 0;
		const body = await response.json();
		if (!response.ok) return new CallDataError(problemKind(response, body), { retryAfterSeconds, status });
		if (isCallData(body)) {
			clock.sync(body.serverTime, span);
			return body;
		}
	} catch {
		// An unreadable answer counts as none.
	}
	return new CallDataError("unreachable", { retryAfterSeconds, status });
}

/**
 * The reply to the question that the document's own script has asked, if it is the same one. Only the first question
 * finds a reply.
 * @param {Question} question
 */
function firstReply({ url, secret }) {
	const first = window.firstQuestion;
	delete window.firstQuestion;
	if (first?.url !== url || first.secret !== secret) return null;
	timeLimit(TIMEOUT_MS).addEventListener("abort", () => first.life.abort());
	return first.reply;
}

/** @returns {Promise<Reply>} */
async function ask(/** @type {Question} */ { url, secret }) {
	const sentAt = performance.now();
	const response = await fetch(url, {
		headers: authorization(secret),
		cache: "no-store",
		credentials: "omit",
		redirect: "error",
		signal: timeLimit(TIMEOUT_MS),
	});
	return { response, sentAt, receivedAt: performance.now() };
}

/** Has the room looked up at the provider, and replaced if it is lost; the next question brings its link. */
export async function requestRoomCheck(/** @type {VisitRequest} */ request) {
	// Without an answer the reader sees the same call as before, and can leave and enter once more.
	await post("/room", request, CHECK_TIMEOUT_MS);
}

/** Tells the service that the reader waits. */
export async function tellPresence(/** @type {VisitRequest} */ request) {
	// Without an answer the others see it with the next one.
	await post("/presence", request, TIMEOUT_MS);
}

/**
 * Tells the service that the reader agrees to this version of the clinic's text.
 * @returns {Promise<"stored" | "outdated" | "unreachable">} "outdated": the service asks for another version
 */
export async function tellConsent(/** @type {VisitRequest} */ request, /** @type {string} */ version) {
	try {
		const response = await post("/consent", request, CONSENT_TIMEOUT_MS, JSON.stringify({ version }));
		if (response?.ok) return "stored";
		return response?.status === 409 && (await response.json()).code === "consent_version" ? "outdated" : "unreachable";
	} catch {
		return "unreachable";
	}
}

/**
 * @param {string} tail
 * @param {VisitRequest} request
 * @param {number} timeoutMs
 * @param {string} [body] JSON
 */
async function post(tail, request, timeoutMs, body) {
	const { route, secret } = visit(request);
	const headers = { ...authorization(secret), ...(body && { "Content-Type": "application/json" }) };
	const signal = timeLimit(timeoutMs);
	try {
		return await fetch(route + tail, { method: "POST", headers, body, credentials: "omit", signal });
	} catch {
		// Its callers do not depend on it.
		return null;
	}
}

/** @returns {Promise<Blob | null>} the visit's entry for a calendar, or null if it cannot be had now */
export async function fetchCalendarFile(/** @type {CallDataRequest} */ { language, ...request }) {
	const { route, secret } = visit(request);
	try {
		const { response } = await ask({ url: `${route}/invitation.ics${languageQuery(language)}`, secret });
		const isFile = response.ok && response.headers.get("Content-Type")?.startsWith("text/calendar");
		return isFile ? await response.blob() : null;
	} catch {
		return null;
	}
}

const languageQuery = (/** @type {string} */ language) =>
	/^[a-z]{2,3}([-_][a-z\d]{1,8})*$/i.test(language) ? `?language=${language}` : "";

function visit(/** @type {VisitRequest} */ { apiBaseUrl, id, credential }) {
	const [kind, secret] = credential.split(/=(.*)/);
	return { route: `${apiBaseUrl}/teleconsultation/${id}${kind === "j" ? "/join" : ""}`, secret };
}

const authorization = (/** @type {string} */ secret) => ({ Authorization: `Bearer ${secret}` });

/** @returns {ProblemKind} "unreachable" for every answer but the service's problems and API Gateway's own 401 */
function problemKind(/** @type {Response} */ { status, headers }, /** @type {Record<string, string>} */ body) {
	const mediaType = headers.get("Content-Type")?.toLowerCase().split(/\s*;/)[0];
	if (mediaType === "application/problem+json") return KINDS[`${status} ${body.code}`] ?? "unreachable";
	const isRefused = status === 401 && mediaType === "application/json" && /^unauthorized$/i.test(body.message);
	if (!isRefused) return "unreachable";
	// A challenge without an error: the request had no token (RFC 6750, section 3).
	const challenge = headers.get("WWW-Authenticate") ?? "";
	if (challenge === "Bearer") return "credential-lost";
	return /expired/i.test(challenge) ? "expired" : "signed-out";
}

function isCallData(/** @type {Record<string, unknown>} */ body) {
	const hasDates = DATES.every((name) => Date.parse(String(body[name])));
	return typeof body.state === "string" && hasDates && Array.isArray(body.participantsBandyerCall);
}
