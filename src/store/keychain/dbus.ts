import { connect, type Socket } from "node:net";

/**
 * As much of a D-Bus client as the Secret Service needs: method calls on one connection, little-endian.
 * https://dbus.freedesktop.org/doc/dbus-specification.html
 *
 * It exists because a call through libsecret blocks a thread that Node cannot leave behind (process.exit joins
 * its thread pool), so a keyring that hangs, or a prompt that nobody answers, would hold the program for ever.
 */
export interface DbusCall {
  readonly destination: string;
  readonly path: string;
  readonly member: string;
  readonly interface: string;
  /** The type of all arguments together, e.g. "oa{ss}"; empty for none. */
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

/** The bus answered a call with an error. */
export class DbusError extends Error {
  /** For example "org.freedesktop.DBus.Error.ServiceUnknown". */
  readonly errorName: string;

  constructor(errorName: string, message: string) {
    super(message);
    this.name = "DbusError";
    this.errorName = errorName;
  }
}

export interface Signal {
  readonly path: string;
  readonly member: string;
}

/** A connection on which calls can be made at once; answers may come in any order. Idle, it does not keep the program running. */
export interface Dbus {
  /** The values of the answer, in order. Rejects with DbusError, or Error when the connection ended. */
  call(call: DbusCall): Promise<readonly unknown[]>;
  /** Resolves with the first of these signals that comes. Ask before making the call that leads to it. */
  signal(...wanted: readonly Signal[]): Promise<Signal & { readonly values: readonly unknown[] }>;
  close(): void;
}

const align: Readonly<Record<string, number>> = { y: 1, g: 1, v: 1, "(": 8, "{": 8, t: 8, x: 8, d: 8 };
const alignmentOf = (type: string): number => align[type[0] ?? ""] ?? 4;

/** The end of the complete type that starts at `at`. */
function typeEnd(signature: string, at: number): number {
  const first = signature[at];
  if (!first || !"ybiuxtdsogva({".includes(first)) throw new Error("bad D-Bus signature");
  if (first === "a") return typeEnd(signature, at + 1);
  if (first !== "(" && first !== "{") return at + 1;
  let end = typeEnd(signature, at + 1);
  while (signature[end] !== ")" && signature[end] !== "}") {
    if (end >= signature.length) throw new Error("bad D-Bus signature");
    end = typeEnd(signature, end);
  }
  return end + 1;
}

/** "oa{ss}u" to ["o", "a{ss}", "u"]. */
function typesIn(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = typeEnd(signature, at);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

/** Values travel as: y, u, i numbers; b boolean; s, o, g strings; ay Buffer; a{..} and a(..) arrays of arrays; v [type, value]. */
export function marshal(signature: string, values: readonly unknown[]): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const push = (bytes: Buffer): void => {
    parts.push(bytes);
    length += bytes.length;
  };
  const pad = (to: number): void => {
    if (length % to !== 0) push(Buffer.alloc(to - (length % to)));
  };
  const uint32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    return bytes;
  };
  const put = (type: string, value: unknown): void => {
    pad(alignmentOf(type));
    if (type === "y") push(Buffer.from([value as number]));
    else if (type === "u" || type === "i" || type === "b") push(uint32(Number(value)));
    else if (type === "s" || type === "o") {
      const text = Buffer.from(value as string, "utf8");
      push(uint32(text.length));
      push(Buffer.concat([text, Buffer.alloc(1)]));
    } else if (type === "g") {
      const text = Buffer.from(value as string, "latin1");
      push(Buffer.concat([Buffer.from([text.length]), text, Buffer.alloc(1)]));
    } else if (type === "v") {
      const [inner, content] = value as readonly [string, unknown];
      put("g", inner);
      put(inner, content);
    } else if (type.startsWith("a")) {
      const item = type.slice(1);
      const size = uint32(0);
      push(size);
      pad(alignmentOf(item));
      const start = length;
      if (item === "y") push(value as Buffer);
      else for (const element of value as readonly unknown[]) put(item, element);
      size.writeUInt32LE(length - start);
    } else if (type.startsWith("(") || type.startsWith("{")) {
      const inner = typesIn(type.slice(1, -1));
      for (const [index, each] of inner.entries()) put(each, (value as readonly unknown[])[index]);
    } else throw new Error(`D-Bus type ${type} is not supported`);
  };
  for (const [index, type] of typesIn(signature).entries()) put(type, values[index]);
  return Buffer.concat(parts);
}

/** The values of a body; `start` is where the message's alignment counts from. Throws RangeError on short data. */
export function unmarshal(signature: string, data: Buffer, offset = 0): { values: unknown[]; end: number } {
  let at = offset;
  const pad = (to: number): void => {
    at += (to - (at % to)) % to;
  };
  const uint32 = (): number => {
    pad(4);
    const value = data.readUInt32LE(at);
    at += 4;
    return value;
  };
  const take = (length: number): Buffer => {
    if (at + length > data.length) throw new RangeError("short D-Bus message");
    const bytes = data.subarray(at, at + length);
    at += length;
    return bytes;
  };
  const get = (type: string): unknown => {
    if (type === "y") return take(1)[0];
    if (type === "b") return uint32() !== 0;
    if (type === "u" || type === "i") return uint32();
    if (type === "t") {
      pad(8);
      return take(8).readBigUInt64LE();
    }
    if (type === "s" || type === "o") {
      const text = take(uint32()).toString("utf8");
      take(1);
      return text;
    }
    if (type === "g") {
      const text = take(take(1)[0] ?? 0).toString("latin1");
      take(1);
      return text;
    }
    if (type === "v") {
      const inner = get("g") as string;
      // What typesIn accepts takes at least a byte for each value: an array of nothing would have no end.
      if (typesIn(inner).length !== 1) throw new Error("bad D-Bus signature");
      return [inner, get(inner)];
    }
    if (type.startsWith("a")) {
      const item = type.slice(1);
      const size = uint32();
      pad(alignmentOf(item));
      if (item === "y") return Buffer.from(take(size));
      const end = at + size;
      const items: unknown[] = [];
      while (at < end) items.push(get(item));
      return items;
    }
    if (type.startsWith("(") || type.startsWith("{")) {
      pad(8);
      return typesIn(type.slice(1, -1)).map(get);
    }
    throw new Error(`D-Bus type ${type} is not supported`);
  };
  const values = typesIn(signature).map(get);
  return { values, end: at };
}

/** A method call as it travels. */
export function messageBytes(serial: number, call: DbusCall): Buffer {
  const body = marshal(call.signature ?? "", call.body ?? []);
  const fields: unknown[] = [
    [1, ["o", call.path]],
    [2, ["s", call.interface]],
    [3, ["s", call.member]],
    [6, ["s", call.destination]],
  ];
  if (call.signature) fields.push([8, ["g", call.signature]]);
  // "l": little-endian, 1: method call, no flags, protocol version 1.
  const header = marshal("yyyyuua(yv)", [0x6c, 1, 0, 1, body.length, serial, fields]);
  return Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8), body]);
}

/** A message that came in: its type (1 call, 2 answer, 3 error, 4 signal), header fields by code, and body. */
export interface Message {
  readonly type: number;
  readonly serial: number;
  readonly fields: ReadonlyMap<number, unknown>;
  readonly body: Buffer;
}

/** The first message in the data and its length, or undefined when it is not complete yet. Throws Error on what is no message. */
export function firstMessage(data: Buffer): { message: Message; length: number } | undefined {
  if (data.length < 16) return undefined;
  if (data[0] !== 0x6c) throw new Error("the bus sends big-endian messages");
  const fieldsLength = data.readUInt32LE(12);
  const bodyStart = Math.ceil((16 + fieldsLength) / 8) * 8;
  const length = bodyStart + data.readUInt32LE(4);
  if (length > 128 * 2 ** 20) throw new Error("too long a D-Bus message");
  if (data.length < length) return undefined;
  const [fields] = unmarshal("a(yv)", data.subarray(0, bodyStart), 12).values;
  return {
    message: {
      type: data[1] ?? 0,
      serial: data.readUInt32LE(8),
      fields: new Map((fields as [number, [string, unknown]][]).map(([code, [, value]]) => [code, value])),
      body: data.subarray(bodyStart, length),
    },
    length,
  };
}

const valuesOf = (message: Message): unknown[] =>
  unmarshal((message.fields.get(8) as string | undefined) ?? "", message.body).values;

/** Settles a promise with the values of a message, or with the reason why they cannot be read. */
function settle(
  promise: { resolve(values: unknown[]): void; reject(error: Error): void },
  message: Message,
): void {
  try {
    promise.resolve(valuesOf(message));
  } catch (error) {
    promise.reject(error as Error);
  }
}

/** Between two tries to reach a bus whose queue is full. */
const busyIntervalMs = 20;

/**
 * Connects to a bus at a socket path (a leading NUL means the abstract namespace) as this user.
 * Authentication and the first calls travel in one write, which spares two round trips.
 */
export function connectDbus(socketPath: string, userId: number): Dbus {
  let socket: Socket;
  /** What was written, until the bus has answered. */
  let written: Buffer[] | undefined = [];
  const waiting = new Map<number, { resolve(values: unknown[]): void; reject(error: Error): void }>();
  const signals: {
    wanted: readonly Signal[];
    resolve(signal: Signal & { values: unknown[] }): void;
    reject(error: Error): void;
  }[] = [];
  let serial = 0;
  let ended: Error | undefined;
  let authenticated = false;
  let received: Buffer = Buffer.alloc(0);

  /** Keeps the program running only while an answer is awaited. */
  const hold = (): void => {
    if (waiting.size + signals.length > 0) socket.ref();
    else socket.unref();
  };
  const end = (error: Error): void => {
    if (ended) return;
    ended = error;
    socket.destroy();
    for (const one of [...waiting.values(), ...signals]) one.reject(error);
    waiting.clear();
    signals.length = 0;
  };
  const take = (message: Message): void => {
    if (message.type === 4) {
      for (const [index, { wanted, resolve, reject }] of signals.entries()) {
        const signal = wanted.find(
          ({ path, member }) => path === message.fields.get(1) && member === message.fields.get(3),
        );
        if (signal === undefined) continue;
        signals.splice(index, 1);
        settle({ resolve: (values) => resolve({ ...signal, values }), reject }, message);
        break;
      }
      return;
    }
    const answered = message.fields.get(5) as number | undefined;
    const caller = answered === undefined ? undefined : waiting.get(answered);
    if (answered === undefined || !caller) return;
    waiting.delete(answered);
    if (message.type === 2) {
      settle(caller, message);
      return;
    }
    const { reject } = caller;
    const failed = (text: unknown) =>
      reject(new DbusError(String(message.fields.get(4)), String(text ?? "")));
    settle({ resolve: ([text]) => failed(text), reject }, message);
  };
  const open = (): Socket => {
    const made = connect(socketPath);
    let busy = false;
    made.on("error", (error: NodeJS.ErrnoException) => {
      // The bus has not accepted the callers before us yet (connect(2)): it will.
      busy = error.code === "EAGAIN" && error.syscall === "connect";
      if (!busy) return end(error);
      setTimeout(() => {
        if (ended) return;
        socket = open();
        socket.write(Buffer.concat(written ?? []));
      }, busyIntervalMs);
    });
    // Before it answered anything, it may be one that speaks another way; after, it died.
    made.on("close", () => {
      if (!busy) end(new Error(authenticated ? "the bus closed the connection" : "the bus did not answer"));
    });
    made.on("data", receive);
    return made;
  };
  const receive = (chunk: Buffer): void => {
    try {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (!authenticated) {
        const line = received.indexOf("\r\n");
        if (line < 0) return;
        if (!received.subarray(0, line).toString("latin1").startsWith("OK ")) {
          throw new Error("the bus refused to authenticate this user");
        }
        authenticated = true;
        written = undefined;
        received = received.subarray(line + 2);
      }
      for (let next = firstMessage(received); next; next = firstMessage(received)) {
        received = received.subarray(next.length);
        take(next.message);
      }
      hold();
    } catch (error) {
      end(error as Error);
    }
  };
  const write = (bytes: Buffer | string): void => {
    written?.push(Buffer.from(bytes));
    socket.write(bytes);
  };

  const send = (call: DbusCall): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      serial += 1;
      waiting.set(serial, { resolve, reject });
      hold();
      write(messageBytes(serial, call));
    });

  socket = open();
  socket.cork();
  const hexId = Buffer.from(String(userId)).toString("hex");
  write(`\0AUTH EXTERNAL ${hexId}\r\nBEGIN\r\n`);
  const bus = {
    destination: "org.freedesktop.DBus",
    path: "/org/freedesktop/DBus",
    interface: "org.freedesktop.DBus",
  };
  // A refusal ends the connection and so reaches every caller.
  send({ ...bus, member: "Hello" }).catch(() => undefined);
  setImmediate(() => socket.uncork());
  return {
    call: send,
    signal: (...wanted) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        signals.push({ wanted, resolve, reject });
        hold();
      }),
    close: () => end(new Error("the connection was closed")),
  };
}
