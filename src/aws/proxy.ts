import { BlockList, isIP } from "node:net";
import type { Environment } from "../system/environment.ts";
import { AwsError } from "./aws-error.ts";

/**
 * The proxy for a URL, by the variables that curl, Python and aws-cli read: `https_proxy`, `http_proxy`,
 * `all_proxy` and `no_proxy`, lower case before upper case. Undefined: go there directly.
 *
 * The package proxy-from-env reads the process's own environment, and lets `no_proxy=example.com` not cover
 * `sts.example.com`, as it does for aws-cli; so this is written out.
 *
 * Fails with an AwsError of kind `network` that names the variable and never its value, which may hold a password.
 */
export function proxyFor(target: URL, env: Environment): URL | undefined {
  const scheme = target.protocol.slice(0, -1);
  const found = [`${scheme}_proxy`, "all_proxy"]
    .flatMap((name) => [name, name.toUpperCase()])
    .map((name) => ({ name, value: env[name]?.trim() }))
    .find(({ value }) => value);
  if (found?.value === undefined || isExcepted(target, env)) return undefined;

  const text = found.value.includes("://") ? found.value : `http://${found.value}`;
  if (!URL.canParse(text)) throw new AwsError("network", `${found.name} is not a proxy's URL`);
  const proxy = new URL(text);
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:") {
    throw new AwsError(
      "network",
      `${found.name} names a ${proxy.protocol.slice(0, -1)} proxy; http and https work`,
      {
        hints: [`go there without it: NO_PROXY=${target.hostname}`],
      },
    );
  }
  return proxy;
}

/** The value of a Proxy-Authorization header, or undefined when the proxy's URL names no user. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === "" && proxy.password === "") return undefined;
  const user = [proxy.username, proxy.password].map(decode).join(":");
  return `Basic ${Buffer.from(user).toString("base64")}`;
}

/** A stray percent sign in a password is itself, as it is for curl. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isExcepted(target: URL, env: Environment): boolean {
  const host = target.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  return (env["no_proxy"] || env["NO_PROXY"] || "")
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => covers(entry, host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const range = /^([^/]+)\/(\d+)$/.exec(entry);
  if (range) return inRange(host, range[1] ?? "", Number(range[2]));
  const [, name = "", itsPort] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [undefined, entry];
  if (itsPort !== undefined && itsPort !== port) return false;
  const domain = name.replace(/^\[|\]$/g, "").replace(/^\*?\./, "");
  return domain !== "" && (host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`)));
}

function inRange(host: string, network: string, prefix: number): boolean {
  const version = isIP(host);
  if (version === 0 || version !== isIP(network) || prefix > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const range = new BlockList();
  range.addSubnet(network, prefix, family);
  return range.check(host, family);
}
