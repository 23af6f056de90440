/** @typedef {"insecure" | "policy" | "missing" | "busy" | "system" | "browser"} Layer */

/**
 * Names the layer that keeps a device from us, so that its user knows where to look.
 * @param {"camera" | "microphone"} device
 * @param {unknown} error what `getUserMedia` was rejected with
 * @returns {Promise<Layer>}
 */
export async function deviceProblem(device, error) {
	if (!navigator.mediaDevices) return "insecure";
	if (document.featurePolicy && !document.featurePolicy.allowsFeature(device)) return "policy";
	const { name, message } = error instanceof Error || error instanceof DOMException ? error : new Error();
	if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
	if (name !== "NotAllowedError" && name !== "SecurityError") return "busy";
	// Chromium says so; elsewhere a site that may and yet cannot has the system against it.
	if (/system/i.test(message)) return "system";
	const permission = await navigator.permissions
		?.query({ name: /** @type {PermissionName} */ (device) })
		.catch(() => null);
	return permission?.state === "granted" ? "system" : "browser";
}
