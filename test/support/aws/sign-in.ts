import { createHash, createPublicKey, type JsonWebKey, randomBytes, randomUUID, verify } from "node:crypto";
import type { Answer } from "./faults.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { RawRequest } from "./sigv4.ts";
import type { State } from "./state.ts";

/** An account and a role that a person is assigned in IAM Identity Center, with the role's ARN in IAM. */
export interface Assignment {
  readonly accountId: string;
  readonly roleName: string;
  readonly roleArn: string;
}

/** How a person treats the page that `aws sso login` opens: it is confirmed at the second look, by hand, or never. */
export type Approval = "at once" | "by hand" | "denied";

/** A refusal as the JSON services have it; `error` is OAuth's word for it, or sign-in's. */
class JsonRefusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly error: string | undefined;

  constructor(code: string, status: number, message: string, error?: string) {
    super(message);
    this.code = code;
    this.status = status;
    this.error = error;
  }
}

interface Client {
  readonly secret: string;
  readonly expiresAt: number;
  readonly scopes: readonly string[];
}

interface Device {
  readonly clientId: string;
  readonly userCode: string;
  polls: number;
  state: "pending" | "approved" | "denied" | "used";
}

interface Token {
  readonly clientId: string;
  readonly expiresAt: number;
  ended: boolean;
}

/** What may be done with a refresh token of sign-in: it is bound to a key, and good for one use. */
interface LoginGrant {
  readonly clientId: string;
  readonly principal: string;
  readonly thumbprint: string;
  used: boolean;
}

type Body = Readonly<Record<string, unknown>>;

/**
 * The services that know people by tokens: the portal of IAM Identity Center (GetRoleCredentials), its OIDC service
 * (RegisterClient, StartDeviceAuthorization, CreateToken) and the console's sign-in (CreateOAuth2Token). REST and JSON,
 * told from the query services by their paths. They refuse what AWS refuses, by the clock of the fake.
 */
export class SignInServices {
  assignments: Assignment[] = [];
  approval: Approval = "at once";
  /** Seconds. */
  roleSeconds = 3600;
  tokenSeconds = 8 * 3600;
  loginSeconds = 900;
  /** Whether CreateToken answers a refresh token with another one. */
  repeatsRefreshTokens = true;
  /** Seconds between two looks at a page that is not confirmed yet. */
  interval = 1;
  /** What sign-in says instead of new credentials: `TOKEN_EXPIRED`, `USER_CREDENTIALS_CHANGED`, … */
  loginRefusal: string | undefined;
  /** Called before an action is carried out: what another program does at that moment. */
  meanwhile: ((action: string) => void) | undefined;
  readonly #state: State;
  readonly #clients = new Map<string, Client>();
  readonly #devices = new Map<string, Device>();
  readonly #tokens = new Map<string, Token>();
  readonly #refreshTokens = new Map<string, { clientId: string; ended: boolean }>();
  readonly #logins = new Map<string, LoginGrant>();
  readonly #proofs = new Set<string>();
  readonly #secrets = new Set<string>();

  constructor(state: State) {
    this.#state = state;
  }

  /** The name of the action that a request is for; undefined for one of the query services. */
  actionOf({ method, target }: RawRequest): string | undefined {
    return routes[`${method} ${target.split("?")[0]}`];
  }

  /** Carries a request out, or answers as AWS refuses it. */
  answer(action: string, request: RawRequest, log: LoggedRequest): Answer {
    this.meanwhile?.(action);
    try {
      const body = this.#perform(action, request, log);
      log.outcome = "ok";
      return json(200, body);
    } catch (error) {
      if (!(error instanceof JsonRefusal)) throw error;
      log.outcome = "refused";
      log.code = error.code;
      return this.failure(error.code, error.status, error.message, error.error);
    }
  }

  /** An error as these services have it. */
  failure(code: string, status: number, message: string, error?: string): Answer {
    const body = error === undefined ? { message } : { error, error_description: message, message };
    const answer = json(status, body);
    return { ...answer, headers: { ...answer.headers, "x-amzn-errortype": `${code}:` } };
  }

  /** A token as if somebody had signed in: what stands in ~/.aws/sso/cache. The times are the fake's. */
  signIn(options: { readonly refreshable?: boolean; readonly seconds?: number } = {}) {
    const { refreshable = true, seconds = this.tokenSeconds } = options;
    const registered = this.#register(["sso:account:access"]);
    const issued = this.#issue(registered.clientId, seconds);
    return {
      startUrl: startUrl,
      region: "eu-west-1",
      accessToken: issued.accessToken,
      expiresAt: time(this.#state.now() + seconds * 1000),
      clientId: registered.clientId,
      clientSecret: registered.clientSecret,
      registrationExpiresAt: time(registered.clientSecretExpiresAt * 1000),
      ...(refreshable ? { refreshToken: issued.refreshToken } : {}),
    };
  }

  /** A document as `aws login` leaves it, for a key in PEM. */
  logIn(
    principal: string,
    key: { readonly pem: string; readonly jwk: JsonWebKey },
    seconds = this.loginSeconds,
  ) {
    const clientId = "arn:aws:signin:::devtools/same-device";
    const session = this.#session(principal, seconds, "base");
    for (const line of key.pem.split("\n")) if (/^[\w+/=]{16,}$/.test(line)) this.#secrets.add(line);
    return {
      accessToken: {
        ...session.keys,
        accountId: principal.split(":")[4],
        expiresAt: time(session.expiresAt),
      },
      tokenType: "urn:aws:params:oauth:token-type:access_token_sigv4",
      clientId,
      refreshToken: this.#loginToken({ clientId, principal, thumbprint: thumbprint(key.jwk), used: false }),
      idToken: "header.payload.signature",
      dpopKey: key.pem,
    };
  }

  /** The person confirms the page; true when there was one. */
  approve(): boolean {
    const waiting = [...this.#devices.values()].filter(({ state }) => state === "pending");
    for (const device of waiting) device.state = "approved";
    return waiting.length > 0;
  }

  /** Ends all sessions, as signing out in the portal does; renewal ends too, unless it is kept. */
  signOut({ keepRefresh = false } = {}): void {
    for (const token of this.#tokens.values()) token.ended = true;
    if (!keepRefresh) for (const token of this.#refreshTokens.values()) token.ended = true;
  }

  secrets(): string[] {
    return [...this.#secrets];
  }

  #perform(action: string, request: RawRequest, log: LoggedRequest): Body {
    switch (action) {
      case "GetRoleCredentials":
        return this.#roleCredentials(request, log);
      case "RegisterClient":
        return this.#registerClient(bodyOf(request));
      case "StartDeviceAuthorization":
        return this.#startDevice(bodyOf(request));
      case "CreateToken":
        return this.#createToken(bodyOf(request), log);
      default:
        return this.#createOAuth2Token(request, log);
    }
  }

  #roleCredentials({ target, headers }: RawRequest, log: LoggedRequest): Body {
    const query = new URLSearchParams(target.split("?")[1]);
    Object.assign(log.parameters, Object.fromEntries(query));
    const token = this.#tokens.get(String(headers["x-amz-sso_bearer_token"]));
    if (headers.authorization !== undefined) throw new JsonRefusal("InvalidRequestException", 400, "signed");
    if (!token || token.ended || token.expiresAt <= this.#state.now())
      throw new JsonRefusal("UnauthorizedException", 401, "Session token not found or invalid");
    const found = this.assignments.find(
      (one) => one.accountId === query.get("account_id") && one.roleName === query.get("role_name"),
    );
    if (!found) throw new JsonRefusal("ForbiddenException", 403, "No access");
    const { keys, expiresAt } = this.#session(found.roleArn, this.roleSeconds, "role");
    log.issuedKeyId = keys.accessKeyId;
    return { roleCredentials: { ...keys, expiration: expiresAt } };
  }

  #registerClient({ clientName, clientType, scopes }: Body): Body {
    if (typeof clientName !== "string" || clientType !== "public")
      throw new JsonRefusal("InvalidClientMetadataException", 400, "bad client", "invalid_client_metadata");
    return this.#register(Array.isArray(scopes) ? scopes.map(String) : []);
  }

  #startDevice(body: Body): Body {
    const clientId = this.#client(body);
    if (typeof body["startUrl"] !== "string")
      throw new JsonRefusal("InvalidRequestException", 400, "no startUrl", "invalid_request");
    const deviceCode = this.#secret("device");
    const userCode = `${letters()}-${letters()}`;
    this.#devices.set(deviceCode, { clientId, userCode, polls: 0, state: "pending" });
    const verificationUri = "https://device.sso.eu-west-1.amazonaws.com/";
    return {
      deviceCode,
      userCode,
      verificationUri,
      verificationUriComplete: `${verificationUri}?user_code=${userCode}`,
      expiresIn: 600,
      interval: this.interval,
    };
  }

  #createToken(body: Body, log: LoggedRequest): Body {
    const clientId = this.#client(body);
    log.parameters["grantType"] = String(body["grantType"]);
    if (body["grantType"] === "refresh_token") {
      const token = this.#refreshTokens.get(String(body["refreshToken"]));
      if (!token || token.ended || token.clientId !== clientId)
        throw new JsonRefusal(
          "InvalidGrantException",
          400,
          "Invalid refresh token provided",
          "invalid_grant",
        );
      const { refreshToken, ...fresh } = this.#issue(clientId, this.tokenSeconds);
      return this.repeatsRefreshTokens ? { ...fresh, refreshToken } : fresh;
    }
    const device = this.#devices.get(String(body["deviceCode"]));
    if (!device || device.clientId !== clientId || device.state === "used")
      throw new JsonRefusal("InvalidGrantException", 400, "Invalid device code provided", "invalid_grant");
    device.polls += 1;
    if (device.polls > 1 && this.approval !== "by hand" && device.state === "pending")
      device.state = this.approval === "at once" ? "approved" : "denied";
    if (device.state === "denied")
      throw new JsonRefusal("AccessDeniedException", 400, "The person said no", "access_denied");
    if (device.state === "pending")
      throw new JsonRefusal("AuthorizationPendingException", 400, "pending", "authorization_pending");
    device.state = "used";
    const { refreshToken, ...token } = this.#issue(clientId, this.tokenSeconds);
    // Only who registered for the scope is given one; the legacy form does not.
    return this.#clients.get(clientId)?.scopes.length ? { ...token, refreshToken } : token;
  }

  #createOAuth2Token(request: RawRequest, log: LoggedRequest): Body {
    const body = bodyOf(request);
    const grant = this.#logins.get(String(body["refreshToken"]));
    const refuse = (error: string, message: string) =>
      new JsonRefusal("AccessDeniedException", 403, message, error);
    const key = this.#proof(request, refuse);
    if (this.loginRefusal !== undefined) throw refuse(this.loginRefusal, "no");
    if (!grant || grant.used || grant.clientId !== body["clientId"] || body["grantType"] !== "refresh_token")
      throw refuse("TOKEN_EXPIRED", "The refresh token is not valid");
    if (grant.thumbprint !== key) throw refuse("INVALID_REQUEST", "The token is bound to another key");
    grant.used = true;
    const { keys } = this.#session(grant.principal, this.loginSeconds, "base");
    log.issuedKeyId = keys.accessKeyId;
    return {
      accessToken: keys,
      tokenType: "urn:aws:params:oauth:token-type:access_token_sigv4",
      expiresIn: this.loginSeconds,
      refreshToken: this.#loginToken({ ...grant, used: false }),
    };
  }

  /** The thumbprint of the key that a request proves the possession of (RFC 9449, 4.3). */
  #proof(request: RawRequest, refuse: (error: string, message: string) => JsonRefusal): string {
    const wrong = (what: string) => refuse("INVALID_REQUEST", `DPoP: ${what}`);
    const [head = "", payload = "", signature = ""] = String(request.headers["dpop"]).split(".");
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Body;
    let header: Body;
    let claims: Body;
    try {
      [header, claims] = [read(head), read(payload)];
    } catch {
      throw wrong("no JWT");
    }
    if (header["typ"] !== "dpop+jwt" || header["alg"] !== "ES256") throw wrong("typ or alg");
    const jwk = header["jwk"] as JsonWebKey;
    if ("d" in jwk) throw wrong("the private key");
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const signed = Buffer.from(`${head}.${payload}`);
    const bytes = Buffer.from(signature, "base64url");
    if (!verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, bytes)) throw wrong("signature");
    const { htm, htu, iat, jti } = claims;
    if (htm !== request.method) throw wrong("htm");
    const place = new URL(String(htu));
    if (place.host !== request.headers.host || place.pathname !== request.target) throw wrong("htu");
    if (Math.abs(Number(iat) * 1000 - this.#state.now()) > 300_000) throw wrong("iat");
    if (typeof jti !== "string" || this.#proofs.has(jti)) throw wrong("jti");
    this.#proofs.add(jti);
    return thumbprint(jwk);
  }

  #client(body: Body): string {
    const clientId = String(body["clientId"]);
    const client = this.#clients.get(clientId);
    if (!client || client.secret !== body["clientSecret"] || client.expiresAt <= this.#state.now())
      throw new JsonRefusal("InvalidClientException", 401, "Invalid client provided", "invalid_client");
    return clientId;
  }

  #register(scopes: readonly string[]) {
    const clientId = randomBytes(16).toString("base64url");
    const clientSecret = this.#secret("client");
    const expiresAt = Math.floor(this.#state.now() / 1000) + 90 * 86_400;
    this.#clients.set(clientId, { secret: clientSecret, expiresAt: expiresAt * 1000, scopes });
    return { clientId, clientSecret, clientSecretExpiresAt: expiresAt };
  }

  #issue(clientId: string, seconds: number) {
    const accessToken = this.#secret("access");
    const refreshToken = this.#secret("refresh");
    this.#tokens.set(accessToken, { clientId, expiresAt: this.#state.now() + seconds * 1000, ended: false });
    this.#refreshTokens.set(refreshToken, { clientId, ended: false });
    return { accessToken, tokenType: "Bearer", expiresIn: seconds, refreshToken };
  }

  #loginToken(grant: LoginGrant): string {
    const token = this.#secret("login");
    this.#logins.set(token, grant);
    return token;
  }

  #session(principal: string, seconds: number, kind: "base" | "role") {
    const session = this.#state.sessions.issue(
      {
        kind,
        principal,
        durationSeconds: seconds,
        ...(kind === "role" ? { roleSessionName: "ann" } : { mfaAt: this.#state.now() }),
      },
      this.#state.now(),
    );
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = session;
    return { keys: { accessKeyId, secretAccessKey, sessionToken }, expiresAt };
  }

  #secret(what: string): string {
    const secret = `canary-${what}-${randomBytes(24).toString("base64url")}`;
    this.#secrets.add(secret);
    return secret;
  }
}

/** Where the person of the ready world signs in. */
export const startUrl = "https://corp.awsapps.com/start";

const routes: Readonly<Record<string, string>> = {
  "GET /federation/credentials": "GetRoleCredentials",
  "POST /client/register": "RegisterClient",
  "POST /device_authorization": "StartDeviceAuthorization",
  "POST /token": "CreateToken",
  "POST /v1/token": "CreateOAuth2Token",
};

function bodyOf(request: RawRequest): Body {
  try {
    return JSON.parse(request.body.toString("utf8")) as Body;
  } catch {
    throw new JsonRefusal("InvalidRequestException", 400, "no JSON", "invalid_request");
  }
}

function json(status: number, body: Body): Answer {
  const headers = { "content-type": "application/json", "x-amzn-requestid": randomUUID() };
  return { status, headers, body: JSON.stringify(body) };
}

/** RFC 7638. */
function thumbprint({ crv, kty, x, y }: JsonWebKey): string {
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

const time = (milliseconds: number) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

const letters = () => randomBytes(4).toString("hex").slice(0, 4).toUpperCase();
