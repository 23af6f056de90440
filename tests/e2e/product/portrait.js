// A drawn person in place of the browser's test picture, so that a picture of a call shows a call. It goes the same
// way as any camera's: captured, encoded, sent, decoded. `portrait` stands above, one for each browser.
const { mediaDevices } = navigator;
const askBrowser = mediaDevices?.getUserMedia.bind(mediaDevices);

if (mediaDevices) {
	mediaDevices.getUserMedia = async (wanted) => {
		const stream = wanted.audio ? await askBrowser({ audio: wanted.audio }) : new MediaStream();
		if (wanted.video) stream.addTrack(drawnCamera(portrait));
		return stream;
	};
	// The pretended devices' names, and a canvas's, which is a random text.
	const names = { audioinput: "Built-in microphone", audiooutput: "Built-in loudspeaker", videoinput: "Built-in camera" };
	Object.defineProperty(MediaDeviceInfo.prototype, "label", { get() { return names[this.kind]; } });
	Object.defineProperty(MediaStreamTrack.prototype, "label", { get() { return names[`${this.kind}input`]; } });
}

function drawnCamera({ wall, skin, hair, clothes, hasCoat, hasLongHair }) {
	const canvas = Object.assign(document.createElement("canvas"), { width: 960, height: 540 });
	const pen = canvas.getContext("2d");
	const shape = (colour, trace) => {
		pen.fillStyle = colour;
		pen.beginPath();
		trace();
		pen.fill();
	};
	const draw = () => {
		const breath = Math.sin(performance.now() / 900) * 3;
		const light = pen.createLinearGradient(0, 0, 960, 540);
		wall.forEach((colour, index) => light.addColorStop(index, colour));
		shape(light, () => pen.rect(0, 0, 960, 540));
		shape("#ffffff40", () => pen.roundRect(660, 60, 190, 240, 10));
		pen.save();
		pen.translate(480, 300 + breath);
		if (hasLongHair) shape(hair, () => pen.roundRect(-124, -190, 248, 330, 110));
		shape(clothes, () => pen.roundRect(-230, 110, 460, 400, 150));
		shape(skin, () => pen.roundRect(-40, 60, 80, 86, 40));
		if (hasCoat) {
			shape("#f7fafb", () => pen.roundRect(-235, 112, 190, 400, [150, 20, 0, 0]));
			shape("#f7fafb", () => pen.roundRect(45, 112, 190, 400, [20, 150, 0, 0]));
			pen.strokeStyle = "#38474d";
			pen.lineWidth = 8;
			pen.beginPath();
			pen.arc(0, 112, 84, 0.2, Math.PI - 0.2);
			pen.stroke();
		}
		// The face leaves the hair its line.
		shape(hair, () => pen.ellipse(0, -52, 104, 122, 0, 0, 2 * Math.PI));
		shape(skin, () => pen.ellipse(0, -18, 92, 116, 0, 0, 2 * Math.PI));
		shape(hair, () => pen.ellipse(-20, -122, 78, 44, -0.3, 0, 2 * Math.PI));
		for (const side of [-1, 1]) {
			shape("#26323a", () => pen.ellipse(side * 37, -18, 8, 10, 0, 0, 2 * Math.PI));
			shape("#e0605033", () => pen.ellipse(side * 56, 20, 20, 13, 0, 0, 2 * Math.PI));
		}
		pen.strokeStyle = "#7a3b34";
		pen.lineWidth = 6;
		pen.lineCap = "round";
		pen.beginPath();
		pen.arc(0, 24, 30, 0.35, Math.PI - 0.35);
		pen.stroke();
		pen.restore();
	};
	draw();
	setInterval(draw, 50);
	const [track] = canvas.captureStream(20).getVideoTracks();
	// Sharp from the first moment on: browsers rather lower the number of pictures than their size.
	track.contentHint = "detail";
	return track;
}
