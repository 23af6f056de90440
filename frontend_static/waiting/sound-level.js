const READ_EVERY_MS = 80;

/** Reports a microphone's sound level, 0 to 1, several times a second until it is stopped. */
export class SoundLevel {
	#context = new AudioContext();
	#timer = 0;

	/**
	 * @param {MediaStream} stream
	 * @param {(level: number) => void} onLevel
	 */
	constructor(stream, onLevel) {
		const analyser = new AnalyserNode(this.#context, { fftSize: 1024 });
		new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream }).connect(analyser);
		const samples = new Float32Array(analyser.fftSize);
		this.#timer = setInterval(() => {
			analyser.getFloatTimeDomainData(samples);
			const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
			// A voice has an effective value of some hundredths; the square root spreads low levels out.
			onLevel(Math.min(1, Math.sqrt(Math.sqrt(power)) * 1.5));
		}, READ_EVERY_MS);
	}

	stop() {
		clearInterval(this.#timer);
		this.#context.close();
	}
}
