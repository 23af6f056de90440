// Views inside other apps: most block the camera without an error. Android's say "wv"; Apple's lack the "Safari" of every
// browser, except those of apps that add it themselves.
const IN_APP = /; wv\)|AppleWebKit(?!.* Safari\/)|FBA[NV]|Instagram|\bLine\/|\bGSA\/|MicroMessenger/;

/** The actions that take the link to another browser or device. */
export const waysToPassOn = () => [...("share" in navigator ? ["shareLink"] : []), "copyLink"];

/** @returns {"" | "insecure" | "inApp" | "camera"} why this browser cannot hold a call */
export function browserObstacle() {
	if (!isSecureContext) return "insecure";
	if (IN_APP.test(navigator.userAgent)) return "inApp";
	return navigator.mediaDevices && window.RTCPeerConnection ? "" : "camera";
}
