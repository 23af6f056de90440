/** @returns {AbortSignal} aborted with a "TimeoutError" after that time */
export function timeLimit(/** @type {number} */ milliseconds) {
	// Missing in Safari before 16 and Chrome before 103.
	if ("timeout" in AbortSignal) return AbortSignal.timeout(milliseconds);
	const life = new AbortController();
	setTimeout(() => life.abort(new DOMException("", "TimeoutError")), milliseconds);
	return life.signal;
}
