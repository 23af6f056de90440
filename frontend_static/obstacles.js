// Views inside other apps, and Android's web view: most block the camera without an error.
const IN_APP = /FBA[NV]|Instagram|\bLine\/|WhatsApp|TikTok|musical_ly|Snapchat|LinkedInApp|MicroMessenger|; wv\)/;

/** The actions that take the link to another browser or device. */
export const waysToPassOn = () => [...("share" in navigator ? ["shareLink"] : []), "copyLink"];

/** @returns {"" | "insecure" | "inApp" | "camera"} why this browser cannot hold a call */
export function browserObstacle() {
	if (!isSecureContext) return "insecure";
	if (IN_APP.test(navigator.userAgent)) return "inApp";
	return navigator.mediaDevices && window.RTCPeerConnection ? "" : "camera";
}
