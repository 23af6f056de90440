/** @typedef {"insecure" | "policy" | "missing" | "busy" | "system" | "browser"} Layer */

/**
 * Names the layer that blocks a device, so that the reader knows where to allow it.
 * @param {"camera" | "microphone"} device
 * @param {unknown} error of `getUserMedia`
 * @returns {Promise<Layer>}
 */
export async function deviceProblem(device, error) {
	if (!navigator.mediaDevices) return "insecure";
	if (document.featurePolicy && !document.featurePolicy.allowsFeature(device)) return "policy";
	const { name, message } = error instanceof Error || error instanceof DOMException ? error : new Error();
	if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
	if (name !== "NotAllowedError" && name !== "SecurityError") return "busy";
	// Chromium names the system; in other browsers the system blocks a device that the site has permission for.
	if (/system/i.test(message)) return "system";
	const permission = await navigator.permissions
		?.query({ name: /** @type {PermissionName} */ (device) })
		.catch(() => null);
	return permission?.state === "granted" ? "system" : "browser";
}
