import { randomBytes } from "node:crypto";
import { randomLetters } from "./key-ledger.ts";
import type { PolicyDocument } from "./policy.ts";

/** Who a session is: the user who asked for a base session or a federated one, or the role that was assumed. */
export interface Session {
  readonly kind: "base" | "role" | "federated";
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** The user's, root user's or role's ARN (for a role not the session's). */
  readonly principal: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When a code was given for it, in milliseconds since 1970. Role sessions never have it. */
  readonly mfaAt?: number;
  /** The long-term key that a base session was asked for with. */
  readonly parentKeyId?: string;
  /** Role sessions, and federated ones. */
  readonly roleSessionName?: string;
  /** A role's that was assumed with temporary credentials. */
  readonly isChained?: boolean;
  readonly sourceIdentity?: string;
  /** Tags that go on to the next role of the chain. */
  readonly transitiveTags?: Readonly<Record<string, string>>;
  /** Session policies in layers: what a layer does not allow, the session may not do. */
  readonly policies?: readonly (readonly PolicyDocument[])[];
  /** How often it was scoped down. */
  readonly scopes?: number;
  /** Set by a revocation: AWS no longer knows these credentials. */
  revoked?: boolean;
}

/** What a session is made of, before it has keys and times. */
export interface SessionGrant {
  readonly kind: Session["kind"];
  readonly principal: string;
  readonly durationSeconds: number;
  readonly mfaAt?: number;
  readonly parentKeyId?: string;
  readonly roleSessionName?: string;
  readonly isChained?: boolean;
  readonly sourceIdentity?: string;
  readonly transitiveTags?: Readonly<Record<string, string>>;
  readonly policies?: readonly (readonly PolicyDocument[])[];
  readonly scopes?: number;
}

/** All temporary credentials that were ever issued, by access key id. */
export class Sessions {
  readonly #byKey = new Map<string, Session>();

  /** Whole seconds, as in the answer: the credentials end exactly when they say they do. */
  issue(grant: SessionGrant, now: number): Session {
    const { durationSeconds, ...rest } = grant;
    const issuedAt = Math.floor(now / 1000) * 1000;
    const session: Session = {
      ...rest,
      accessKeyId: `ASIA${randomLetters(16)}`,
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: randomToken(),
      issuedAt,
      expiresAt: issuedAt + durationSeconds * 1000,
    };
    this.#byKey.set(session.accessKeyId, session);
    return session;
  }

  find(accessKeyId: string): Session | undefined {
    return this.#byKey.get(accessKeyId);
  }

  all(): Session[] {
    return [...this.#byKey.values()];
  }
}

/** About a thousand characters, with each of `/`, `+` and `=`: what breaks in shells and keychains is in every token. */
function randomToken(): string {
  const start = Buffer.from([0x21, 0x0a, 0x09, ...Buffer.from("origin_ec"), 0xff, 0xff, 0xfb, 0xef, 0xbe]);
  // 697 bytes and some threes: never a multiple of three, so that the padding is there.
  const rest = randomBytes(680 + (randomBytes(1).readUInt8(0) % 40) * 3);
  return Buffer.concat([start, rest]).toString("base64");
}
