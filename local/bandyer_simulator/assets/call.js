// The call page: lobby (only for rooms without directCall) -> call -> ended.

const page = document.getElementById("call");
const status = document.getElementById("status");
const buttons = {
  lobby: document.getElementById("join"),
  call: document.getElementById("end"),
  ended: document.getElementById("again"),
};

/** @param {"lobby" | "call" | "ended"} state */
function show(state) {
  page.dataset.state = state;
  status.textContent = status.dataset[state];
  for (const [name, button] of Object.entries(buttons)) {
    button.hidden = name !== state;
  }
}

/** @param {"lobby" | "call" | "ended"} state */
function move(state) {
  show(state);
  // The button that had the focus is hidden now: the next action takes it over.
  buttons[state].focus();
}

function end() {
  move("ended");
  const { redirectUrl, redirectAfterMs } = page.dataset;
  if (redirectUrl) {
    // Inside this frame, as the provider does it: whoever embeds the page sees the company's page in its place.
    setTimeout(() => location.assign(redirectUrl), Number(redirectAfterMs));
  }
}

buttons.lobby.addEventListener("click", () => move("call"));
buttons.call.addEventListener("click", end);
// Through the server, which knows whether the link still works.
buttons.ended.addEventListener("click", () => location.reload());

show(page.dataset.state);
