import { dlopen, FFIType, ptr } from "bun:ffi";
import { libraries } from "../files/bun-locks.ts";

const { i32, ptr: pointer } = FFIType;

/** What replace-process.ts is for Node.js, for the stand-alone executable. Returns where the system refuses. */
export function replaceProcess(
  file: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): void {
  const { execve, signal, fcntl } = openLibrary();
  // A pipe that bun wrote to does not block, for its next user neither.
  for (const stream of [0, 1, 2]) fcntl?.(stream, setFlags, (fcntl(stream, getFlags, 0) ?? 0) & ~nonBlocking);
  // Ignored signals stay so in the next program.
  for (const number of [13, 25]) signal?.(number, 0);
  const texts = [
    file,
    ...words,
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
  ].map((text) => new DataView(Uint8Array.from(Buffer.from(`${text}\0`)).buffer));
  const places = texts.map((text) => BigInt(ptr(text)));
  const list = (from: number, to: number) => {
    const view = new DataView(new ArrayBuffer((to - from + 1) * 8));
    for (const [at, place] of places.slice(from, to).entries()) view.setBigUint64(at * 8, place, true);
    return view;
  };
  const argv = list(1, words.length + 1);
  const envp = list(words.length + 1, places.length);
  execve?.(Number(places[0]), ptr(argv), ptr(envp));
}

const [getFlags, setFlags, nonBlocking] = [3, 4, process.platform === "linux" ? 0x800 : 4];

function openLibrary() {
  for (const library of libraries) {
    try {
      return dlopen(library, {
        execve: { args: [pointer, pointer, pointer], returns: i32 },
        fcntl: { args: [i32, i32, i32], returns: i32 },
        signal: { args: [i32, pointer], returns: pointer },
      }).symbols;
    } catch {
      // The next one.
    }
  }
  return {};
}
