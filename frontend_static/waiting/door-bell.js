const NOTES_HERTZ = [659, 880];
const NOTE_SECONDS = 0.35;
const LOUDNESS = 0.25;

/** Plays two notes when the door opens. Create it on a click: browsers block sound without one. */
export class DoorBell {
	#context = new AudioContext();

	ring() {
		NOTES_HERTZ.forEach((frequency, index) => {
			const start = this.#context.currentTime + index * NOTE_SECONDS;
			const loudness = new GainNode(this.#context, { gain: 0 });
			loudness.gain.setValueAtTime(LOUDNESS, start);
			loudness.gain.exponentialRampToValueAtTime(0.001, start + 2 * NOTE_SECONDS);
			const note = new OscillatorNode(this.#context, { frequency });
			note.connect(loudness).connect(this.#context.destination);
			note.start(start);
			note.stop(start + 2 * NOTE_SECONDS);
		});
	}

	remove() {
		this.#context.close();
	}
}
