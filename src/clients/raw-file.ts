import { separator } from "../config/files/document.ts";
import {
  type FileKind,
  indentOf,
  skipSpace,
  splitLines,
  trimSpace,
  wideSpace,
} from "../config/files/lines.ts";

/**
 * A file by its bare lines, for rules about how other clients read it: nothing is an error here. Texts are latin1, one
 * character per byte, and may hold secrets.
 */
export interface RawFile {
  readonly kind: FileKind;
  /** As messages name it. */
  readonly shown: string;
  readonly bom: boolean;
  /** Lines with bytes that are no UTF-8. */
  readonly undecodable: readonly number[];
  /** Lines with white space beyond ASCII where it would be trimmed. */
  readonly wideSpaced: readonly number[];
  /** Lines with letters that have no width. */
  readonly invisible: readonly number[];
  /** What stands before the first header comes first, in a section whose line is 0. */
  readonly sections: readonly RawSection[];
}

export interface RawSection {
  readonly line: number;
  /** Between the brackets, as it stands; all behind `[` where there is no `]`. */
  readonly inner: string;
  readonly closed: boolean;
  /** Behind the `]`. */
  readonly after: string;
  /** The first word, and what follows it: `profile` and `dev`; type "" where there is one word. */
  readonly type: string;
  readonly name: string;
  readonly indented: boolean;
  readonly properties: readonly RawProperty[];
  /** Comments that are not in column 1. */
  readonly indentedComments: readonly {
    readonly line: number;
    readonly first: boolean;
    readonly text: string;
  }[];
}

/** A line that is no header, comment or blank one, with the lines that follow it and are indented more than it is. */
export interface RawProperty {
  readonly line: number;
  readonly indented: boolean;
  /** Without it, all of the line is the name. */
  readonly separator: "=" | ":" | undefined;
  readonly name: string;
  readonly value: string;
  readonly more: readonly { readonly line: number; readonly text: string }[];
}

type Growing<T> = { -readonly [K in keyof T]: T[K] };
type GrowingProperty = Omit<Growing<RawProperty>, "more"> & { more: { line: number; text: string }[] };
type GrowingSection = Omit<Growing<RawSection>, "properties" | "indentedComments"> & {
  properties: GrowingProperty[];
  indentedComments: { line: number; first: boolean; text: string }[];
};

/** Cuts a file into sections, properties and comments. Takes any bytes. */
export function readRaw(bytes: Buffer, kind: FileKind, shown: string): RawFile {
  const whole = bytes.toString("latin1");
  const bom = whole.startsWith("\xef\xbb\xbf");
  const undecodable: number[] = [];
  const wideSpaced: number[] = [];
  const invisible: number[] = [];
  let section: GrowingSection = headless();
  const sections = [section];
  let property: GrowingProperty | undefined;
  let level = 0;
  let number = 0;
  for (const { text } of splitLines(bom ? whole.slice(3) : whole)) {
    number += 1;
    if (!isUtf8(text)) undecodable.push(number);
    const body = text.slice(skipSpace(text));
    if (body === "") continue;
    const indent = indentOf(text);
    const indented = indent > 0;
    if (/^[#;]/.test(body)) {
      if (indented)
        section.indentedComments.push({ line: number, first: property === undefined, text: body });
      continue;
    }
    const letters = /[\x80-\xff]/.test(text) ? Buffer.from(text, "latin1").toString("utf8") : "";
    if (wideEdges.test(letters)) wideSpaced.push(number);
    if (/[\u200b-\u200f\u2060\ufeff]/.test(letters)) invisible.push(number);
    if (property !== undefined && indent > level) {
      property.more.push({ line: number, text: trimSpace(text) });
      continue;
    }
    level = indent;
    if (body.startsWith("[")) {
      section = { ...headerOf(body, number), indented };
      sections.push(section);
      property = undefined;
    } else {
      property = { ...propertyOf(text, number), indented };
      section.properties.push(property);
    }
  }
  return { kind, shown, bom, undecodable, wideSpaced, invisible, sections };
}

const wideEdges = new RegExp(
  `^\\s*${wideSpace}|${wideSpace}\\s*$|${wideSpace}\\s*[=:\\]]|[=:[]\\s*${wideSpace}`,
);

const headless = (): GrowingSection => ({
  line: 0,
  inner: "",
  closed: true,
  after: "",
  type: "",
  name: "",
  indented: false,
  properties: [],
  indentedComments: [],
});

function headerOf(text: string, line: number): GrowingSection {
  const close = text.indexOf("]");
  const inner = close < 0 ? text.slice(1) : text.slice(1, close);
  const [, type = "", name = ""] = /^(\S+)[ \t]+(.*)$/s.exec(trimSpace(inner)) ?? ["", "", trimSpace(inner)];
  return {
    ...headless(),
    line,
    inner,
    closed: close >= 0,
    after: close < 0 ? "" : text.slice(close + 1),
    type,
    name,
  };
}

function propertyOf(text: string, line: number): Omit<GrowingProperty, "indented"> {
  const at = separator(text);
  return {
    line,
    separator: at < 0 ? undefined : text[at] === ":" ? ":" : "=",
    name: trimSpace(at < 0 ? text : text.slice(0, at)),
    value: at < 0 ? "" : trimSpace(text.slice(at + 1)),
    more: [],
  };
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function isUtf8(latin1: string): boolean {
  if (!/[\x80-\xff]/.test(latin1)) return true;
  try {
    decoder.decode(Buffer.from(latin1, "latin1"));
    return true;
  } catch {
    return false;
  }
}
