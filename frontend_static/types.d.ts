// What the modules hand to each other; for `tsc --checkJs` and readers, never loaded by the page.

/** The body of `GET /teleconsultation/{id}`; states this page has not heard of are to be expected. */
interface CallData {
  roomId: string;
  state: string;
  serverTime: string;
  startDate: string;
  endDate: string;
  opensAt: string;
  retryAfterSeconds: number | null;
  bandyerUserId: string | null;
  accessLinkURL: string | null;
  participantsBandyerCall: { bandyerUserId: string; fullName?: string | null }[];
  language: string | null;
}

type ProblemKind = "signed-out" | "not-participant" | "not-found" | "cancelled" | "unreachable";

/** The content of one file in translations/. */
type Texts = Record<string, string>;

/** `frameOrigins`: the provider's hosts, the only ones that the call's frame may show and give the camera to. */
interface PageConfig {
  apiBaseUrl: string;
  frameOrigins: string[];
  localMode: boolean;
  theme?: Theme;
  companyLogo?: { url: string };
}

/** Keys as in the Mia-Platform Teleconsultation Service; values as "#rgb" or "#rrggbb". */
interface Theme {
  light?: { primaryColor?: string; accentColor?: string };
  dark?: { primaryColor?: string; accentColor?: string };
}

/** Red, green, blue: 0 to 255. */
type Colour = number[];

/** What pages may use: of the document, or passed on to a frame. Only some browsers tell. */
interface FeaturePolicy {
  features(): string[];
  allowsFeature(feature: string): boolean;
}
interface Document {
  featurePolicy?: FeaturePolicy;
}
interface HTMLIFrameElement {
  featurePolicy?: FeaturePolicy;
}

/** `credential`: "j=…" or "token=…". */
interface Question {
  apiBaseUrl: string;
  id: string;
  credential: string;
  language: string;
}

/** Of one question and its answer, by `performance.now()`. */
interface Span {
  sentAt: number;
  receivedAt: number;
}

/** By the server: when to ask again, and when the door opens. */
interface Told {
  seconds: number;
  untilOpenMs?: number;
}

/** When to ask again; `held`: the server asked for quiet, so no event of the browser may break it. */
interface NextQuestion {
  pauseMs: number;
  held?: boolean;
}

/** Everything a panel shows, as data: an equal description needs no drawing. */
interface Panel {
  state: string;
  language: string;
  text: string;
  logo: string | null;
  visit: CallData | null;
  /** The call's, where it may be opened in a tab of its own. */
  link: string | null;
  /** The buttons' names, the next step first. */
  actions: string[];
}

/** The words a view speaks in and where its buttons report. */
interface Page {
  texts: Texts;
  act: (action: string) => void;
}

interface Words {
  language: string;
  texts: Texts;
}

// Loaded when there is time: the page must not need them to start.
type Desk = import("./call/call-desk.js").CallDesk;
type Help = import("./waiting/waiting-help.js").WaitingHelp;

/** About a running call: `notice` names the event, `text` says it; both empty when there is nothing to say. */
interface News {
  link: string;
  notice: string;
  text: string;
}
