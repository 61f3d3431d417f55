import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Home, program, type Run } from "./home.ts";

/** The source files, below src, that one run of the program needed. */
export interface Loaded extends Run {
  /** The files of dist that were read. */
  readonly chunks: readonly string[];
  /** Those that lie in these files. */
  readonly loaded: readonly string[];
  /** Those of which a function ran, other than by loading the file. */
  readonly ran: readonly string[];
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly { startOffset: number; endOffset: number; count: number }[];
    }[];
  }[];
}

const dist = dirname(program);
const root = resolve(dist, "..");

/** Runs the built program and tells, by V8's coverage and the maps that the build leaves in build/maps, what it needed. */
export async function runLoaded(
  home: Home,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Loaded> {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-loaded-"));
  try {
    const run = await home.run(args, { env: { ...env, NODE_V8_COVERAGE: folder } });
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    const scripts = files
      .flatMap((text) => (JSON.parse(text) as Coverage).result)
      // A chunk's own name is all that its bytecode knows of it.
      .filter(({ url }) => url.endsWith(".cjs"))
      .map(({ url, functions }) => ({
        path: url.startsWith("file:") ? relative(dist, fileURLToPath(url)) : join("chunks", url),
        functions,
      }))
      .filter(({ path }) => existsSync(mapOf(path)));
    const found = scripts.map(({ path, functions }) => sourcesIn(path, functions));
    const sorted = (names: readonly string[]) => [...new Set(names)].sort();
    return {
      ...run,
      chunks: sorted(scripts.map(({ path }) => path)),
      loaded: sorted(found.flatMap(({ loaded }) => loaded)),
      ran: sorted(found.flatMap(({ ran }) => ran)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const mapOf = (path: string) => join(root, "build/maps", `${path}.map`);

function sourcesIn(path: string, functions: Coverage["result"][number]["functions"]) {
  const payload = JSON.parse(readFileSync(mapOf(path), "utf8")) as SourceMapPayload;
  const map = new SourceMap(payload);
  const below = (source: string) => relative(join(root, "src"), resolve(dist, dirname(path), source));
  const isOurs = (source: string) => !source.startsWith("..");
  const starts = lineStarts(readFileSync(join(dist, path), "utf8"));
  const ran = functions.flatMap(({ ranges: [range] }) => {
    if (range === undefined || range.count === 0 || range.startOffset <= 1) return [];
    const [startLine, startColumn] = placeAt(range.startOffset, starts);
    // The last mapping in the function; code that the bundler adds has none.
    const entry = map.findEntry(...placeAt(range.endOffset - 1, starts));
    if (!("originalSource" in entry) || entry.originalSource === undefined) return [];
    const { generatedLine: line, generatedColumn: column } = entry;
    const isInside = line > startLine || (line === startLine && column >= startColumn);
    return isInside ? [below(entry.originalSource)] : [];
  });
  return { loaded: payload.sources.map(below).filter(isOurs), ran: ran.filter(isOurs) };
}

function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

/** Line and column, from 0. */
function placeAt(offset: number, starts: readonly number[]): [number, number] {
  const line = starts.findLastIndex((start) => start <= offset);
  return [line, offset - (starts[line] ?? 0)];
}
