/** The visit's times in the reader's time zone, with 12 or 24 hours by the browser's locale. */
export function visitTimes(/** @type {CallData} */ { startDate, endDate }, /** @type {string} */ language) {
	const locale = localeOf(language);
	const [start, end] = [new Date(startDate), new Date(endDate)];
	const text = (/** @type {Intl.DateTimeFormatOptions} */ options, date = start) =>
		new Intl.DateTimeFormat(locale, options).format(date);
	const zoneOf = (/** @type {Date} */ date) =>
		new Intl.DateTimeFormat(locale, { timeZoneName: "long" })
			.formatToParts(date)
			.find(({ type }) => type === "timeZoneName")?.value;
	const zones = [...new Set([start, end].map(zoneOf))];
	// A clock change during the visit would make it look longer, or let it end before it starts.
	const timeZoneName = zones.length > 1 ? "short" : undefined;
	const hours = [start, end].map((date) => text({ hour: "numeric", minute: "2-digit", timeZoneName }, date));
	return {
		day: text({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
		hours: hours.join(" – "),
		zone: `${zones.join(" – ")} (${new Intl.DateTimeFormat().resolvedOptions().timeZone})`,
	};
}

/** An instant's time of day in the reader's time zone, after its day if that is not the day of another instant. */
export function timeText(/** @type {string} */ instant, /** @type {string} */ dayOf, /** @type {string} */ language) {
	const locale = localeOf(language);
	const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
	const time = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).format(new Date(instant));
	const [own, other] = [instant, dayOf].map((each) => day.format(new Date(each)));
	return own === other ? time : `${own}, ${time}`;
}

/** The browser's locale in the page's language, or the page's language in the browser's region, as "en-DE". */
function localeOf(/** @type {string} */ language) {
	const same = navigator.languages.find((tag) => tag.split("-")[0] === language);
	if (same) return same;
	try {
		const { region } = new Intl.Locale(navigator.language).maximize();
		return new Intl.Locale(language, { region }).toString();
	} catch {
		// Some systems name a locale that is none, as "C".
		return language;
	}
}

/** Formats a duration as "2 days", "3 hr 5 min" or "9:41". */
export function remainingText(/** @type {number} */ remainingMs, /** @type {string} */ language) {
	const seconds = Math.max(0, Math.ceil(remainingMs / 1_000));
	const [days, hours, minutes] = [seconds / 86_400, (seconds / 3_600) % 24, (seconds / 60) % 60].map(Math.floor);
	const unit = (/** @type {number} */ count, /** @type {string} */ name) =>
		new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short" })
			.format(count)
			.replace(" ", "\u00a0");
	if (days > 1) return unit(days, "day");
	if (days) return `${unit(days, "day")} ${unit(hours, "hour")}`;
	if (hours) return `${unit(hours, "hour")} ${unit(minutes, "minute")}`;
	return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}
