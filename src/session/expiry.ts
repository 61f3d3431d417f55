/** Milliseconds. Credentials closer to their end than this are never handed out: a request takes time to arrive. */
export const unusable = 60_000;

/** Milliseconds. botocore treats less than 15 minutes as "refresh now", so renewing early keeps it quiet. */
const renewalMarginMs = 20 * 60_000;

/** Milliseconds. Sessions at least this long are renewed `early`, shorter ones at a quarter of their life. */
const longLife = 3_600_000;

/** The span of a session, in milliseconds since 1970. */
export interface Span {
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/** True while the credentials may be handed out. */
export function isUsable(span: Span, now: number): boolean {
  return span.expiresAt - now > unusable;
}

/** True when a renewal that needs nobody should be tried, although the credentials are still usable. */
export function isDueForRenewal(span: Span, now: number): boolean {
  const life = span.expiresAt - span.obtainedAt;
  const margin = life >= longLife ? renewalMarginMs : life / 4;
  return span.expiresAt - now < margin;
}

/** RFC 3339 in UTC without a fraction: the only form that every AWS client of every age reads right. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
