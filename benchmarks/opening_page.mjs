// Answers each line of standard input, a question as JSON, with the page's own pause in milliseconds. The first line of
// the output is the number of failures that the page does not mention.
import { createInterface } from "node:readline";

// The same numbers in every run (Park and Miller).
let seed = 20_261_201;
Math.random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
globalThis.document = { hidden: false };

const { QUIET_FAILURES, pauseAfterFailureMs, pauseMs } = await import("../frontend_static/polling.js");

console.log(QUIET_FAILURES);
for await (const line of createInterface({ input: process.stdin })) {
	const { hidden, ...question } = JSON.parse(line);
	document.hidden = hidden;
	console.log("failures" in question ? pauseAfterFailureMs(question) : pauseMs(question));
}
