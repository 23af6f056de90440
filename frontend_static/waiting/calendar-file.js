import { node } from "../views.js";

// Until the browser has taken the file over.
const KEPT_MS = 60_000;

/**
 * A button that gives the visit's entry to the device's calendar, as a file.
 * @param {() => Promise<Blob | null>} load returns the file, or null if it cannot be had
 * @param {Texts} texts
 */
export function calendarFile(load, texts) {
	const button = node("button", {}, [texts.calendar]);
	const status = node("p", { role: "status" });
	button.addEventListener("click", async () => {
		status.textContent = "";
		const file = await load();
		if (file) save(file);
		else status.textContent = texts["calendar.problem"];
	});
	return node("div", { class: "calendar" }, [button, status]);
}

function save(/** @type {Blob} */ file) {
	const url = URL.createObjectURL(file);
	node("a", { href: url, download: "invitation.ics" }).click();
	setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
