// Types that the modules share; for `tsc --checkJs` and readers, not loaded by the page.

/** The body of `GET /teleconsultation/{id}`; the API may add states that this page does not know. */
interface CallData {
  roomId: string;
  state: string;
  serverTime: string;
  startDate: string;
  endDate: string;
  opensAt: string;
  closesAt?: string;
  retryAfterSeconds: number | null;
  bandyerUserId: string | null;
  accessLinkURL: string | null;
  participantsBandyerCall: Person[];
  language: string | null;
  /** What the clinic says to those who wait; services of an earlier version leave it out. */
  notice?: { text: string; setAt: string } | null;
  /** "manual" or "automatic" for a call that may be or is recorded; services of an earlier version leave it out. */
  recording?: string | null;
}

/**
 * `role`: "plus" leads the call. `waitingSince`: since when this person waits on a visible page. Services of an earlier version
 * leave both out.
 */
interface Person {
  bandyerUserId: string;
  fullName?: string | null;
  role?: string;
  waitingSince?: string | null;
}

/**
 * "incomplete": the page's address has no credential; "sign-in": likewise, and the reader can sign in. "expired": a token that was
 * valid before. "credential-lost": the service got the request without its credential, which something on the way took
 * away.
 */
type ProblemKind =
  | "signed-out"
  | "expired"
  | "credential-lost"
  | "not-participant"
  | "not-found"
  | "cancelled"
  | "incomplete"
  | "sign-in"
  | "unreachable";

/** All texts of one language. */
type Texts = Record<string, string>;

/**
 * `frameOrigins`: the provider's hosts; the call's frame shows and gives the camera to these only. `entersDirectly`: an
 * open door leads into the call without a press.
 */
interface PageConfig {
  apiBaseUrl: string;
  frameOrigins: string[];
  localMode: boolean;
  entersDirectly?: boolean;
  clinic?: Clinic;
  links?: Links;
  consent?: ConsentConfig;
  signIn?: SignIn;
  theme?: Theme;
  companyLogo?: { url: string; name?: string };
}

/**
 * What readers agree to before they enter, by language, and where the whole of it stands; `{language}` in the address stands for
 * the reader's. Without a version nothing is asked.
 */
interface ConsentConfig {
  version?: string;
  url?: string;
  texts?: Record<string, string>;
}

/** How a reader without a link's secret signs in: at the issuer as the client `clientId`, or at the portal `url`; "" for neither. */
interface SignIn {
  url: string;
  clientId: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  scope: string;
}

/** The visit that its reader signs in for. */
interface SignInVisit {
  id: string;
  language: string;
}

/** What the page shows of the clinic; empty members show nothing. `logo`: a file of the page. */
interface Clinic {
  name?: string;
  phone?: string;
  hours?: string;
  url?: string;
  logo?: string;
}

/** Addresses of the clinic's pages: "help", "privacy", "terms", "afterVisit". */
type Links = Record<string, string>;

interface Help {
  clinic: Clinic;
  links: Links;
}

/** `reason`: the state, or what is behind it; `status`: that of the last answer, 0 without one. */
interface Trouble {
  reason: string;
  status: number;
  id: string;
}

/** Keys as in the Mia-Platform Teleconsultation Service; values as "#rgb" or "#rrggbb". */
interface Theme {
  light?: { primaryColor?: string; accentColor?: string };
  dark?: { primaryColor?: string; accentColor?: string };
}

/** Red, green, blue: 0 to 255. */
type Colour = number[];

/** The features that a document or a frame may use; some browsers do not report them. */
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
interface VisitRequest {
  apiBaseUrl: string;
  id: string;
  credential: string;
}

interface CallDataRequest extends VisitRequest {
  language: string;
}

/** Times of one request and its answer, by `performance.now()`. */
interface Span {
  sentAt: number;
  receivedAt: number;
}

/** What a measurement has found. */
interface Line {
  megabits: number;
  delayMs: number;
}

interface Question {
  url: string;
  secret: string;
}

interface Reply extends Span {
  response: Response;
}

/** What index.html's own script has asked before any module was loaded. */
interface Window {
  firstQuestion?: Question & { reply: Promise<Reply>; life: AbortController };
}

/** The server's pause before the next request, if it gave one, and the time until the door opens. */
interface PollAdvice {
  seconds?: number | null;
  untilOpenMs?: number;
}

/** The failures in a row, this one included, and the wait that the last one asked for; 0 for none. */
interface Failure {
  failures: number;
  retryAfterSeconds: number;
}

/** When to send the next request; with `held`, browser events do not shorten the pause. */
interface NextRequest {
  pauseMs: number;
  held?: boolean;
}

/** Everything a panel shows, as data; the page draws it only when it differs from the last one. */
interface Panel {
  state: string;
  language: string;
  title: string;
  text: string;
  /** Says that the visit's time has changed, or "". */
  moved: string;
  /** What the clinic says to those who wait, and who says it when; null for nothing. */
  message: { text: string; from: string } | null;
  /** Says that the call is recorded, or "". */
  recording: string;
  /** What the reader agrees to before they enter; null for nothing. */
  consent: { text: string; language: string; href: string } | null;
  logo: { src: string; alt: string } | null;
  visit: CallData | null;
  /** The call's link, where it may be opened in its own tab. */
  link: string | null;
  /** The buttons' names, the next step first. */
  actions: string[];
  /** The reader has pressed "Enter", and the page waits for the service. */
  isEntering: boolean;
  clinic: string;
  /** The address that says what to do after the visit, or "". */
  afterVisit: string;
}

interface Locale {
  language: string;
  texts: Texts;
}

/** A view's texts, and the callback of its buttons. */
interface Page {
  texts: Texts;
  act: (action: string) => void;
}

/** `onMisled`: the frame was redirected to an origin that is not trusted. */
interface CallOptions {
  origins: string[];
  onChange: () => void;
  onMisled: () => void;
  clinic: Clinic;
}

/** A message over the running call: `event` names it, `text` describes it; both are empty for none. */
interface Notice {
  link: string;
  event: string;
  text: string;
}
