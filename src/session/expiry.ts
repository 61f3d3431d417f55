/** Milliseconds. Credentials this close to their expiry are never handed out: a request takes time. */
export const unusable = 60_000;

/** Milliseconds. botocore treats less than 15 minutes as "refresh now", so renewing early keeps it quiet. */
const renewalMarginMs = 20 * 60_000;

/** Milliseconds. Longer sessions are renewed `renewalMarginMs` before they expire, shorter ones at a quarter of their life. */
const longLife = 3_600_000;

/** When a session was obtained and when it expires, in milliseconds since 1970. */
export interface Span {
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/** True while the credentials may be handed out. */
export function isUsable(span: Span, now: number): boolean {
  return span.expiresAt - now > unusable;
}

/** True when a silent renewal should be tried although the credentials are still usable. */
export function isDueForRenewal(span: Span, now: number): boolean {
  const life = span.expiresAt - span.obtainedAt;
  const margin = life >= longLife ? renewalMarginMs : life / 4;
  return span.expiresAt - now < margin;
}

/** RFC 3339 in UTC without a fraction: the only form that old and new AWS clients all read correctly. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** A span for a person's eyes: `11 h 58 min`, `4 min`, `under a minute`. Milliseconds in. */
export function timeLeft(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return milliseconds > 0 ? "under a minute" : "no time";
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}
