import { isWord } from "../system/printable.ts";
import { Secret } from "../system/secret.ts";
import type { SourceCredentials } from "./source.ts";

/** What a credential_process printed: credentials, or what is wrong with it, in words that follow "printed". */
export type Printed =
  | { readonly kind: "credentials"; readonly credentials: SourceCredentials }
  | { readonly kind: "wrong"; readonly what: string };

/**
 * Reads the document of a credential_process by the rules of AWS:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 *
 * Strict where clients disagree, since what one of them refuses would fail for somebody: version 1, keys in exact case,
 * nothing around the document, and an end with its time zone. `AccountId` and what else there may be is ignored. No
 * message holds a value: the document is all secret. Pure.
 */
export function parseProcessDocument(output: string): Printed {
  const text = output.trim();
  if (text === "") return wrong("nothing");
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    const near = text.includes("{") ? "something that is not one JSON document" : "something that is no JSON";
    return wrong(`${near}; it must print the document and nothing else`);
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return wrong("JSON that is no object");
  return readDocument(raw as Record<string, unknown>);
}

function readDocument(document: Record<string, unknown>): Printed {
  const { Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration } = document;
  if (Version !== 1) {
    if (Version === undefined) return wrong(`no "Version"${nearMiss(document, "Version")}`);
    return wrong(typeof Version === "number" ? `version ${Version}, not 1` : '"Version" not as the number 1');
  }
  for (const [name, value] of Object.entries({ AccessKeyId, SecretAccessKey })) {
    if (value === undefined || value === null || value === "")
      return wrong(`no "${name}"${nearMiss(document, name)}`);
    if (!isWord(value)) return wrong(`a "${name}" that AWS cannot have given`);
  }
  const hasToken = SessionToken !== undefined && SessionToken !== null && SessionToken !== "";
  if (hasToken && !isWord(SessionToken)) return wrong('a "SessionToken" that AWS cannot have given');
  // The ids of temporary keys begin so: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  if (!hasToken && String(AccessKeyId).startsWith("ASIA")) {
    return wrong(`a temporary key (ASIA…) without its "SessionToken"${nearMiss(document, "SessionToken")}`);
  }
  const end = endIn(Expiration);
  if (end === "wrong") {
    return wrong('an "Expiration" that is not in the form 2030-01-31T23:59:59Z, which every client takes');
  }
  return {
    kind: "credentials",
    credentials: {
      accessKeyId: String(AccessKeyId),
      secretAccessKey: new Secret(String(SecretAccessKey)),
      ...(hasToken ? { sessionToken: new Secret(String(SessionToken)) } : {}),
      ...(end === undefined ? {} : { expiresAt: end }),
    },
  };
}

/** A key in another case: Go and Rust would take it, the others not. */
function nearMiss(document: Record<string, unknown>, name: string): string {
  const near = Object.keys(document).find((key) => key.toLowerCase() === name.toLowerCase() && key !== name);
  return near === undefined ? "" : ` but "${near}"; the case counts`;
}

/**
 * RFC 3339 with or without a fraction, an offset also as `+0000`, and the compact form of ISO 8601: each of them is read
 * by some client and means one moment. Without a time zone it would be another moment in each client.
 */
const time = /^(\d{4})-?(\d\d)-?(\d\d)[Tt ](\d\d):?(\d\d):?(\d\d)(\.\d{1,9})?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;

/** Milliseconds since 1970; undefined where nothing is said. */
function endIn(value: unknown): number | undefined | "wrong" {
  if (value === undefined || value === null) return undefined;
  const parts = typeof value === "string" ? time.exec(value) : null;
  if (parts === null) return "wrong";
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second,
    fraction = "",
    sign,
    offsetHour = "00",
    offsetMinute = "00",
  ] = parts;
  const offset = sign === undefined ? "Z" : `${sign}${offsetHour}:${offsetMinute}`;
  const end = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}${offset}`,
  );
  // Date.parse takes the 31st of February for the 3rd of March.
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number.isNaN(end) || Number(day) > days ? "wrong" : end;
}

function wrong(what: string): Printed {
  return { kind: "wrong", what };
}
