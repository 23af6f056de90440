// Chromium lists the system's choice a second time as "Default - …", in the group of the device itself.
const ALIASES = ["default", "communications"];

/** @typedef {{kind: string, label: string, deviceId?: string, groupId?: string}} Named */

/**
 * Returns the names of the granted camera and microphone and of the system's loudspeaker, as far as the browser tells.
 * @param {MediaStreamTrack[]} tracks
 * @returns {Promise<{device: string, name: string}[]>}
 */
export async function devicesInUse(tracks) {
	const listed = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
	const live = tracks.filter(({ readyState }) => readyState === "live");
	/** @type {Named[]} */
	const granted = live.map((track) => ({ ...track.getSettings(), kind: `${track.kind}input`, label: track.label }));
	const find = (/** @type {string} */ kind) => (/** @type {Named} */ each) => each.kind === kind;
	return [
		{ device: "camera", used: granted.find(find("videoinput")) },
		{ device: "microphone", used: granted.find(find("audioinput")) },
		// The system's choice is listed first.
		{ device: "loudspeaker", used: listed.find(find("audiooutput")) },
	].flatMap(({ device, used }) => (used?.label ? { device, name: nameOf(used, listed) } : []));
}

function nameOf(/** @type {Named} */ { kind, label, deviceId = "", groupId }, /** @type {Named[]} */ listed) {
	if (!ALIASES.includes(deviceId)) return label;
	const isReal = (/** @type {Named} */ each) => each.kind === kind && !ALIASES.includes(each.deviceId ?? "");
	return listed.find((each) => isReal(each) && each.groupId === groupId)?.label || label;
}
