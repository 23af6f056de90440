import { announce, copyOf, element, hint, page, part, settings, text } from "./page.js";

/** @import { SharedFile } from "./signalling.js" */
/** @typedef {{name: string, at: string}} Sent who sent something, and when */

/** The panel beside the call, with messages and files; the page does not keep them. */
export class Chat {
	#panel = element("chat", HTMLElement);
	#opener = element("chat-open", HTMLButtonElement);
	#log = element("chat-log", HTMLElement);
	#input = element("chat-text", HTMLInputElement);
	#unread = element("unread", HTMLElement);
	#unreadCount = 0;

	/**
	 * @param {object} send
	 * @param {(text: string) => Promise<boolean>} send.text
	 * @param {(file: File) => Promise<boolean>} send.file
	 */
	constructor(send) {
		this.#opener.hidden = false;
		this.#opener.addEventListener("click", () => this.#toggle(Boolean(this.#panel.hidden)));
		element("chat-close", HTMLButtonElement).addEventListener("click", () => this.#toggle(false));
		this.#panel.addEventListener("keydown", ({ key }) => key === "Escape" && this.#toggle(false));
		element("chat-form", HTMLFormElement).addEventListener("submit", async (event) => {
			event.preventDefault();
			const written = this.#input.value.trim();
			if (!written) {
				return;
			}
			this.#input.value = "";
			if (!(await send.text(written))) {
				// Restore the unsent text, unless the field has the next message already.
				this.#input.value ||= written;
				announce(text("chat_failed"));
			}
		});
		const mayChat = settings.tools.has("chat");
		for (const each of this.#panel.querySelectorAll("#chat-text, [type=submit]")) {
			/** @type {HTMLElement} */ (each).hidden = !mayChat;
		}
		if (settings.tools.has("file_upload")) {
			this.#offerFiles(send.file);
		}
	}

	/**
	 * @param {Sent & {text: string}} message
	 * @param {{own: boolean}} author
	 */
	show({ name, text: written, at }, { own }) {
		const item = copyOf("message");
		part(item, ".text", HTMLElement).textContent = written;
		this.#add(item, { name, at, own, announced: text("chat_arrived", { name, text: written }) });
	}

	/**
	 * @param {Sent & {file: SharedFile}} message
	 * @param {{own: boolean}} author
	 */
	showFile({ name, file, at }, { own }) {
		const item = copyOf("file-message");
		const link = part(item, "a", HTMLAnchorElement);
		link.href = file.url;
		link.download = file.name;
		part(item, "span", HTMLElement).textContent = file.name;
		part(item, "small", HTMLElement).textContent = sizeOf(file.size);
		this.#add(item, { name, at, own, announced: text("file_arrived", { name, file: file.name }) });
	}

	/**
	 * @param {HTMLElement} item
	 * @param {Sent & {own: boolean, announced: string}} sent
	 */
	#add(item, { name, at, own, announced }) {
		item.classList.toggle("own", own);
		part(item, "b", HTMLElement).textContent = own ? text("own") : name;
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
			announce(announced);
		}
	}

	/** @param {(file: File) => Promise<boolean>} send */
	#offerFiles(send) {
		const button = element("file-send", HTMLButtonElement);
		const chosen = element("file", HTMLInputElement);
		button.hidden = false;
		button.addEventListener("click", () => chosen.click());
		chosen.addEventListener("change", async () => {
			const [file] = chosen.files ?? [];
			// The same file can be chosen again.
			chosen.value = "";
			if (!file) {
				return;
			}
			if (file.size > settings.maxFileBytes) {
				hint(text("file_large", { file: file.name, size: sizeOf(settings.maxFileBytes) }));
				return;
			}
			button.disabled = true;
			if (!(await send(file))) {
				hint(text("file_failed", { file: file.name }));
			}
			button.disabled = false;
		});
	}

	/** @param {boolean} open */
	#toggle(open) {
		this.#panel.hidden = !open;
		page.classList.toggle("chatting", open);
		this.#opener.setAttribute("aria-expanded", String(open));
		if (open) {
			this.#showUnread(0);
			this.#log.scrollTop = this.#log.scrollHeight;
			(this.#input.hidden ? element("file-send", HTMLButtonElement) : this.#input).focus();
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

/** @param {number} bytes */
function sizeOf(bytes) {
	const [unit, size] = bytes < 1_000_000 ? ["kilobyte", bytes / 1024] : ["megabyte", bytes / 1024 / 1024];
	const format = new Intl.NumberFormat(document.documentElement.lang, {
		style: "unit",
		unit,
		maximumFractionDigits: 1,
	});
	return format.format(size);
}
