import { BlockList, isIP } from "node:net";
import { getProxyForUrl } from "proxy-from-env";
import { withEnvironment } from "../system/children/borrowed-environment.ts";
import type { Environment } from "../system/environment.ts";
import { AwsError } from "./aws-error.ts";

/**
 * The proxy for a URL, by the variables that curl, Python and aws-cli read: `https_proxy`, `http_proxy`,
 * `all_proxy` and `no_proxy`, lower case before upper case. Undefined: go there directly. The user name and password
 * of what is returned can be decoded.
 *
 * proxy-from-env chooses. It gets a rewritten copy of the variables, as it reads some values unlike aws-cli
 * (docs/decisions/0005-proxies.md).
 *
 * Fails with an AwsError of kind `network` that names the variable and never its value, which may hold a password.
 */
export function proxyFor(target: URL, env: Environment): URL | undefined {
  const proxies = [`${target.protocol.slice(0, -1)}_proxy`, "all_proxy"]
    .flatMap((name) => [name, name.toUpperCase()])
    .map((name) => [name, withScheme(env[name]?.trim() ?? "")] as const);
  const exceptions = (env["no_proxy"] || env["NO_PROXY"] || "")
    .split(/[\s,]+/)
    .flatMap((entry) => asPackageReads(entry, target));
  const readable = { ...Object.fromEntries(proxies), no_proxy: exceptions.join() };
  const chosen = withEnvironment(readable, () => getProxyForUrl(target));
  if (chosen === "") return undefined;

  const variable = proxies.find(([, value]) => value === chosen)?.[0];
  if (!URL.canParse(chosen)) throw new AwsError("network", `${variable} is not a proxy's URL`);
  const proxy = new URL(chosen);
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

/** The package would take the target's scheme, and speak TLS to nearly every proxy that is written so. */
function withScheme(proxy: string): string {
  return proxy === "" || proxy.includes("://") ? proxy : `http://${proxy}`;
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
 * An entry of NO_PROXY in the package's words: a domain covers itself and what is below it, with or without a dot
 * or a star before it, and an address or a range that covers the target is the target.
 */
function asPackageReads(entry: string, target: URL): string[] {
  if (covers(entry, target)) return [target.hostname];
  const domain = entry.replace(/^\*?\./, "");
  return domain === "" ? [] : [domain, `.${domain}`];
}

function covers(addresses: string, { hostname }: URL): boolean {
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
