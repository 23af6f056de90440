"""The browsers' statistics of received media, independent of the page."""

from playwright.sync_api import Frame, Page

# Runs before the page's scripts in every frame and stores their connections.
WATCH = """
window.watchedConnections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...parameters) { super(...parameters); window.watchedConnections.push(this); }
};
window.receivedMedia = async () => {
  const received = [];
  for (const connection of window.watchedConnections.filter((each) => each.connectionState === "connected")) {
    // In the order in which they were negotiated: microphone, camera, screen.
    const [audio, video, screen] = await Promise.all(connection.getReceivers().map(async (receiver) =>
      [...(await receiver.getStats()).values()].find((each) => each.type === "inbound-rtp")));
    received.push({
      frames: video?.framesDecoded ?? 0,
      energy: audio?.totalAudioEnergy ?? 0,
      seconds: audio?.totalSamplesDuration ?? 0,
      screen: screen?.framesDecoded ?? 0,
    });
  }
  return received;
};
"""
_MEDIA_GROWS = """
async ({ people, kinds }) => {
  const now = await receivedMedia();
  const before = (window.mediaBefore ??= now);
  return now.length === people && before.length === people
    && now.every((each, index) => kinds.every((kind) => each[kind] > before[index][kind]));
}
"""
# A second of received sound without energy, measured in the sound's own time.
_MEDIA_STANDS = """
async ({ kind, tolerance }) => {
  const [now] = await receivedMedia();
  if (!now) { return false; }
  window.mediaBefore ??= now;
  if (now.seconds - window.mediaBefore.seconds < 1) { return false; }
  const stands = now[kind] - window.mediaBefore[kind] <= tolerance;
  window.mediaBefore = now;
  return stands;
}
"""
_PICTURES = (
    "people => [...document.querySelectorAll('.tile video')].filter(v => v.videoWidth > 2).length === people"
)

type Place = Page | Frame


def expect_media(place: Place, *, people: int, kinds: tuple[str, ...] = ("frames", "energy")) -> None:
    """Wait until pictures and sound of that many others arrive continuously."""
    place.evaluate("window.mediaBefore = undefined")
    place.wait_for_function(_PICTURES if "frames" in kinds else "() => true", arg=people + 1)
    place.wait_for_function(_MEDIA_GROWS, arg={"people": people, "kinds": list(kinds)})


def expect_standstill(place: Place, *, kind: str, tolerance: float = 0.0) -> None:
    """Wait for a second of sound without new pictures (`frames`) or voice (`energy`) of the other."""
    place.evaluate("window.mediaBefore = undefined")
    place.wait_for_function(_MEDIA_STANDS, arg={"kind": kind, "tolerance": tolerance})
