import { BlockList, isIP } from "node:net";
import type { Environment } from "../system/environment.ts";
import { AwsError } from "./aws-error.ts";

/**
 * The proxy for a URL, by the variables that curl, Python and aws-cli read: `https_proxy`, `http_proxy`,
 * `all_proxy` and `no_proxy`, lower case before upper case. Undefined: go there directly. The user name and password
 * of what is returned can be decoded. docs/decisions/0005-proxies.md
 *
 * Fails with an AwsError of kind `network` that names the variable and never its value, which may hold a password.
 */
export function proxyFor(target: URL, env: Environment): URL | undefined {
  const variable = [`${target.protocol.slice(0, -1)}_proxy`, "all_proxy"]
    .flatMap((name) => [name, name.toUpperCase()])
    .find((name) => env[name]?.trim());
  const exceptions = (env["no_proxy"] || env["NO_PROXY"] || "").toLowerCase().split(/[\s,]+/);
  if (variable === undefined || exceptions.some((entry) => covers(entry, target))) return undefined;

  const value = env[variable]?.trim() ?? "";
  const url = value.includes("://") ? value : `http://${value}`;
  if (!URL.canParse(url)) throw new AwsError("network", `${variable} is not a proxy's URL`);
  const proxy = new URL(url);
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:") {
    throw new AwsError(
      "network",
      `${variable} names a ${proxy.protocol.slice(0, -1)} proxy; http and https work`,
      { hints: [`go there without it: NO_PROXY=${target.hostname}`] },
    );
  }
  proxy.username = decodable(proxy.username);
  proxy.password = decodable(proxy.password);
  return proxy;
}

/** A stray percent sign in a password is itself, as it is for curl; the agents fail at one. */
function decodable(text: string): string {
  try {
    decodeURIComponent(text);
    return text;
  } catch {
    return encodeURIComponent(text);
  }
}

/**
 * Whether an entry of NO_PROXY covers the target: an address or a range (10.0.0.0/8) that it lies in; or a domain, with
 * or without a dot or a star before it, for itself and what is below it; `*` for all. A port behind it must be the same.
 */
function covers(entry: string, target: URL): boolean {
  if (isInRange(entry, target)) return true;
  const [, name = "", port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  const targetPort = target.port || (target.protocol === "https:" ? "443" : "80");
  if (port !== undefined && port !== targetPort) return false;
  if (/^\*(?!\.)/.test(name)) return target.hostname.endsWith(name.slice(1));
  const domain = name.replace(/^\*?\./, "");
  return domain !== "" && `.${target.hostname}`.endsWith(`.${domain}`);
}

function isInRange(addresses: string, { hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  const [, network = "", prefix] = /^([^/]+)(?:\/(\d+))?$/.exec(addresses) ?? [];
  const version = isIP(network);
  const bits = version === 4 ? 32 : 128;
  if (version === 0 || version !== isIP(host) || Number(prefix ?? bits) > bits) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const range = new BlockList();
  range.addSubnet(network, Number(prefix ?? bits), family);
  return range.check(host, family);
}
