import { announce, copyOf, element, page, part, text } from "./page.js";

/** The text chat beside the call; messages are not stored. */
export class Chat {
	#panel = element("chat", HTMLElement);
	#opener = element("chat-open", HTMLButtonElement);
	#log = element("chat-log", HTMLElement);
	#input = element("chat-text", HTMLInputElement);
	#unread = element("unread", HTMLElement);
	#unreadCount = 0;

	/** @param {(text: string) => Promise<boolean>} send */
	constructor(send) {
		this.#opener.hidden = false;
		this.#opener.addEventListener("click", () => this.#toggle(this.#panel.hidden));
		element("chat-close", HTMLButtonElement).addEventListener("click", () => this.#toggle(false));
		this.#panel.addEventListener("keydown", ({ key }) => key === "Escape" && this.#toggle(false));
		element("chat-form", HTMLFormElement).addEventListener("submit", async (event) => {
			event.preventDefault();
			const written = this.#input.value.trim();
			if (!written) {
				return;
			}
			this.#input.value = "";
			if (!(await send(written))) {
				// Restore the unsent text, unless the field has the next message already.
				this.#input.value ||= written;
				announce(text("chat_failed"));
			}
		});
	}

	/**
	 * @param {{name: string, text: string, at: string}} message
	 * @param {{own: boolean}} author
	 */
	show({ name, text: written, at }, { own }) {
		const item = copyOf("message");
		item.classList.toggle("own", own);
		part(item, "b", HTMLElement).textContent = own ? text("own") : name;
		part(item, ".text", HTMLElement).textContent = written;
		const time = part(item, "time", HTMLTimeElement);
		time.dateTime = at;
		time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" }).format(
			new Date(at),
		);
		part(this.#log, "ol", HTMLOListElement).append(item);
		this.#log.scrollTop = this.#log.scrollHeight;
		element("chat-empty", HTMLElement).hidden = true;
		if (this.#panel.hidden) {
			this.#showUnread(this.#unreadCount + 1);
			announce(text("chat_arrived", { name, text: written }));
		}
	}

	/** @param {boolean} open */
	#toggle(open) {
		this.#panel.hidden = !open;
		page.classList.toggle("chatting", open);
		this.#opener.setAttribute("aria-expanded", String(open));
		if (open) {
			this.#showUnread(0);
			this.#log.scrollTop = this.#log.scrollHeight;
			this.#input.focus();
		} else {
			this.#opener.focus();
		}
	}

	/** @param {number} count */
	#showUnread(count) {
		this.#unreadCount = count;
		this.#unread.hidden = count === 0;
		this.#unread.textContent = String(count);
	}
}
