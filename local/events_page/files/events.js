// The events that have arrived, a table for each visit, the newest visit first.

const EVERY_MILLISECONDS = 1000;
/** @type {Record<string, (data: any) => string>} */
const TEXTS = {
  "teleconsultation.created": (data) => `${data.participantsKnown} of ${data.participantsNumber} people known`,
  "teleconsultation.updated": (data) => (data.changed.length ? `changed: ${data.changed.join(", ")}` : "changed"),
  "teleconsultation.opened": (data) => `open until ${clock(data.closesAt)}`,
  "participant.waiting": seat,
  "participant.joined": seat,
  "participant.left": seat,
  "visit.no_show": (data) => `absent: ${data.seats.map((/** @type {number} */ place) => place + 1).join(", ")} of the list`,
  "recording.available": (data) => `session ${data.sessionId}`,
  "uploads.deleted": (data) => (data.deleted ? `${data.deleted} deleted` : "there were none"),
  "room.lost": () => "the provider had lost the room",
  "room.replaced": () => "join links stay valid",
};
const shown = new Set();

/** @param {any} data */
function seat(data) {
  return `participant ${data.seat + 1} of the list`;
}

/** @param {string} text */
function clock(text) {
  return new Date(text).toLocaleTimeString([], { timeStyle: "medium" });
}

/** @param {string} text */
function moment(text) {
  return new Date(text).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/** @param {string} name @param {string} text @param {string} [kind] */
function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) {
    made.className = kind;
  }
  return made;
}

/** @param {any} event */
function row(event) {
  const made = document.createElement("tr");
  const kind = event.type.split(".").at(-1);
  made.append(
    element("td", clock(event.time)),
    element("td", event.type, `type ${kind}`),
    element("td", String(event.data.version)),
    element("td", TEXTS[event.type]?.(event.data) ?? ""),
  );
  if (!shown.has(event.id)) {
    shown.add(event.id);
    made.classList.add("new");
  }
  return made;
}

/** @param {any[]} events */
function story(events) {
  // Events of a call do not repeat the visit's dates.
  const dated = events.filter((event) => event.data.startDate).at(-1);
  const made = document.createElement("section");
  const title = element("h2", dated ? `Visit of ${moment(dated.data.startDate)}` : "Visit");
  title.append(element("code", events[0].subject));
  const table = document.createElement("table");
  const head = document.createElement("tr");
  head.append(...["Time", "Event", "Version", "Details"].map((text) => element("th", text)));
  table.append(head, ...events.map(row));
  made.append(title, table);
  return made;
}

/** @param {any[]} events */
function show(events) {
  /** @type {Map<string, any[]>} */
  const visits = new Map();
  for (const event of events) {
    visits.set(event.subject, [...(visits.get(event.subject) ?? []), event]);
  }
  document.querySelector("#visits")?.replaceChildren(...[...visits.values()].reverse().map(story));
  say(`${events.length} ${events.length === 1 ? "event" : "events"}, every signature verified`);
}

/** @param {string} text */
function say(text) {
  const state = document.querySelector("#state");
  if (state) {
    state.textContent = text;
  }
}

let count = 0;
async function look() {
  try {
    const answer = await fetch("/events/list");
    const { events } = await answer.json();
    if (events.length !== count) {
      count = events.length;
      show(events);
    }
  } catch {
    say("The service does not answer. It is asked again.");
  }
  setTimeout(look, EVERY_MILLISECONDS);
}
look();
