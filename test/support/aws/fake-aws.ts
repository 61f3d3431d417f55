import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { ConsoleSignIn } from "./console-sign-in.ts";
import { answerControl } from "./control.ts";
import { dispatch, failure, readParameters, serviceOf } from "./dispatch.ts";
import { FakeClock } from "./fake-clock.ts";
import { actsFirst, Faults, send, strike } from "./faults.ts";
import { type LoggedRequest, RequestLog, splitSecrets } from "./request-log.ts";
import { type RevokeHow, revoke } from "./revoke.ts";
import type { Session } from "./sessions.ts";
import { SignInServices } from "./sign-in.ts";
import type { RawRequest } from "./sigv4.ts";
import { type Rules, State, strictRules } from "./state.ts";
import { codeOfStep, stepLength } from "./totp.ts";
import type { LongTermKey, World } from "./world.ts";

export interface FakeAwsOptions {
  /** Taken as it is, not copied: change it, and the fake changes. */
  readonly world: World;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** TLS with a certificate authority of its own; see `caFile`. */
  readonly https?: boolean;
  /** Names that the certificate is for, beside 127.0.0.1. */
  readonly hosts?: readonly string[];
  readonly rules?: Partial<Rules>;
  /** Opens `POST /__control` to whoever sends it as `x-control-token`. */
  readonly controlToken?: string;
}

export interface FakeAws {
  /** `http://127.0.0.1:PORT`, for STS and IAM alike. */
  readonly url: string;
  world: World;
  readonly rules: Rules;
  readonly requests: RequestLog;
  readonly faults: Faults;
  /** IAM Identity Center and the console's sign-in, at the same URL. */
  readonly signIn: SignInServices;
  /** The console's federation endpoint, at the same URL. */
  readonly console: ConsoleSignIn;
  /** The PEM file of the authority to trust; with `https` only. */
  readonly caFile?: string;
  /** The fake's time in milliseconds since 1970. */
  now(): number;
  /** Sets the time, which then flows on or stands still; without a time, back to the machine's. */
  setClock(milliseconds?: number, options?: { stopped?: boolean }): void;
  /** Moves the time by milliseconds. */
  advance(milliseconds: number): void;
  /** A code of the device that will be taken now. Moves the clock on by a step when this window's codes are used up. */
  code(serial: string): string;
  /** The code that the device shows now, used or not. */
  shownCode(serial: string): string;
  /** Ends what was issued so far to a user or role, by ARN; see `revoke.ts`. */
  revoke(principalArn: string, how?: RevokeHow): void;
  /** Makes a key for a user, by ARN, as an administrator does; however many there are. News of it spread by the rules. */
  makeKey(userArn: string): LongTermKey;
  /** Switches a key off or on. */
  setKey(id: string, status: LongTermKey["status"]): void;
  removeKey(id: string): void;
  /** Credentials of a role, by ARN, as AWS gives them to what runs on its machines. */
  grant(roleArn: string, seconds?: number): Session;
  /** Every secret in the world, issued, or sent: what must never be seen where it does not belong. */
  secrets(): string[];
  close(): Promise<void>;
}

/**
 * Starts the fake on 127.0.0.1. It takes real signatures by its own clock, so that whoever moves the clock by more than
 * five minutes under a client that has another one needs `rules: { skewSeconds: Infinity }`.
 *
 *     const fake = await startFakeAws({ world: worldOfOne() });
 *     t.after(() => fake.close());
 *     const { config, credentials } = awsFilesOfOne({ endpointUrl: fake.url });
 *     … the program asks for a code; answer with fake.code(one.mfaSerial) …
 *     assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
 *     fake.faults.add({ kind: "reset", action: "AssumeRole", when: "after" });
 *     fake.revoke(one.userArn);
 */
export async function startFakeAws(options: FakeAwsOptions): Promise<FakeAws> {
  const clock = new FakeClock();
  const state = new State(options.world, { ...strictRules, ...options.rules }, clock.now);
  const requests = new RequestLog();
  const faults = new Faults();
  const signIn = new SignInServices(state);
  const console = new ConsoleSignIn(state);
  const certificate = options.https ? await makeCertificate(options.hosts) : undefined;
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch((error: unknown) => {
      // A bug of the fake, or a world it does not understand: loud, and never mistaken for AWS.
      process.stderr.write(`fake aws: ${error instanceof Error ? error.stack : String(error)}\n`);
      if (!response.headersSent) send(response, { status: 599, headers: {}, body: String(error) });
    });
  };
  const server = certificate ? createTlsServer(certificate, listener) : createServer(listener);
  const sockets = await listen(server, options.port ?? 0);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.sendDate = false;
    // Clients correct their clocks by this header, so it has to be the fake's time.
    response.setHeader("date", new Date(clock.now()).toUTCString());
    const raw = await readRequest(request);
    if (options.controlToken !== undefined && raw.target === "/__control") {
      return send(response, answerControl(fake, options.controlToken, raw));
    }
    const parameters = readParameters(raw);
    const signInAction = signIn.actionOf(raw);
    const consoleAction = console.actionOf(raw, parameters);
    const action = signInAction ?? parameters.get("Action") ?? "";
    const service = serviceOf(raw, action);
    const log: LoggedRequest = {
      at: clock.now(),
      method: raw.method,
      action,
      service: signInAction !== undefined ? "sign-in" : consoleAction !== undefined ? "console" : service,
      ...withSessionToken(splitSecrets(parameters), raw),
      userAgent: raw.headers["user-agent"] ?? "",
      outcome: "bug",
    };
    requests.all.push(log);
    const fault = faults.take(action);
    const error = (code: string, status: number, message: string) => {
      if (consoleAction !== undefined) return console.failure(code, status, message);
      return signInAction === undefined
        ? failure(service, code, status, message)
        : signIn.failure(code, status, message);
    };
    const act = () => {
      if (consoleAction !== undefined) return console.answer(consoleAction, parameters, log);
      return signInAction === undefined
        ? dispatch(state, raw, parameters, log)
        : signIn.answer(signInAction, raw, log);
    };
    const answer = actsFirst(fault) ? act() : error("InternalFailure", 500, "never sent");
    if (!fault) return send(response, answer);
    log.fault = fault.kind;
    if (log.outcome === "bug") log.outcome = "fault";
    await strike(fault, answer, response, error);
  }

  const { port } = server.address() as AddressInfo;
  const fake: FakeAws = {
    url: `${certificate ? "https" : "http"}://127.0.0.1:${port}`,
    get world() {
      return state.world;
    },
    set world(world) {
      state.world = world;
    },
    rules: state.rules,
    requests,
    faults,
    signIn,
    console,
    ...(certificate ? { caFile: certificate.caFile } : {}),
    now: clock.now,
    setClock: (milliseconds, how) => clock.set(milliseconds, how),
    advance: (milliseconds) => clock.advance(milliseconds),
    code(serial) {
      for (;;) {
        const step = state.freshStep(serial);
        if (step !== undefined) return codeOfStep(deviceSecret(state.world, serial), step);
        clock.advance(stepLength);
      }
    },
    shownCode: (serial) =>
      codeOfStep(deviceSecret(state.world, serial), Math.floor(clock.now() / stepLength)),
    revoke: (arn, how) => revoke(state, arn, how),
    makeKey: (userArn) => state.keys.make(userArn, clock.now()),
    setKey: (id, status) => state.keys.setStatus(id, status, clock.now()),
    removeKey: (id) => state.keys.remove(id, clock.now()),
    grant: (principal, durationSeconds = 6 * 3600) =>
      state.sessions.issue(
        { kind: "role", principal, durationSeconds, roleSessionName: "i-0123456789abcdef0" },
        clock.now(),
      ),
    secrets: () => [...allSecrets(state, requests), ...signIn.secrets(), ...console.secrets()],
    close: () => close(server, sockets, certificate),
  };
  return fake;
}

async function readRequest(request: IncomingMessage): Promise<RawRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return {
    method: request.method ?? "",
    target: request.url ?? "/",
    headers: request.headers,
    body: Buffer.concat(chunks),
  };
}

function withSessionToken(split: ReturnType<typeof splitSecrets>, raw: RawRequest) {
  const token = raw.headers["x-amz-security-token"];
  if (typeof token !== "string") return split;
  return { ...split, secrets: { ...split.secrets, sessionToken: token } };
}

function deviceSecret(world: World, serial: string): string {
  const owners = world.accounts.flatMap((account) => [
    ...account.users,
    ...(account.root ? [account.root] : []),
  ]);
  const device = owners.flatMap((owner) => owner.mfaDevices).find((one) => one.serial === serial);
  if (!device || device.kind === "fido") throw new Error(`no device in this world gives codes for ${serial}`);
  return device.secret;
}

function allSecrets(state: State, requests: RequestLog): string[] {
  const owners = state.world.accounts.flatMap((account) => [
    ...account.users,
    ...(account.root ? [account.root] : []),
  ]);
  return [
    ...owners.flatMap((owner) => owner.accessKeys.map((key) => key.secret)),
    ...state.keys.secrets(),
    ...owners.flatMap((owner) =>
      owner.mfaDevices.flatMap((one) => (one.kind === "fido" ? [] : [one.secret])),
    ),
    ...state.sessions.all().flatMap((one) => [one.secretAccessKey, one.sessionToken]),
    ...state.world.accounts.flatMap(({ identityProviders = [] }) =>
      identityProviders.map((one) => one.secret),
    ),
    ...requests.all.flatMap((one) => Object.values(one.secrets)),
  ];
}

async function listen(server: Server, port: number): Promise<Set<Socket>> {
  const sockets = new Set<Socket>();
  // Node closes idle connections after 5 s, which a client that is about to use one again sees as a reset.
  server.keepAliveTimeout = 0;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return sockets;
}

async function close(
  server: Server,
  sockets: Set<Socket>,
  certificate: Certificate | undefined,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await closed;
  await certificate?.remove();
}
