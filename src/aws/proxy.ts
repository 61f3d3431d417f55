import type { Agent } from "node:http";
import { BlockList, isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import type { Environment } from "../system/environment.ts";
import { AwsError } from "./aws-error.ts";
import { proxyRefused } from "./network-errors.ts";
import type { SendOptions } from "./send.ts";

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

/**
 * An agent whose requests go through the proxy: https through a tunnel, so that the proxy sees nothing but the
 * target's name, and http handed over whole. `ca` is for the connection to the proxy; the request's own options
 * say whom to trust behind it.
 */
export function proxyAgent(proxy: URL, protocol: string, trust: { ca?: string }): Agent {
  const options = { keepAlive: true, ...trust };
  const agent =
    protocol === "https:" ? new HttpsProxyAgent(proxy, options) : new HttpProxyAgent(proxy, options);
  // Otherwise the agent looks for Node's https.js in a stack trace.
  agent.protocol = protocol;
  return supervised(agent);
}

type ProxyAgent = HttpsProxyAgent<string> | HttpProxyAgent<string>;
type ConnectRequest = Parameters<HttpProxyAgent<string>["connect"]>[0];
type ConnectOptions = Parameters<ProxyAgent["connect"]>[1] & SendOptions;

/**
 * Adds to an agent what the packages lack: it gives up the connection to the proxy together with the request, which
 * a silent proxy would otherwise hold open, and says which failures are the proxy's. A proxy's refusal is one: the
 * packages pass it on as if it were the target's answer.
 */
function supervised(agent: ProxyAgent): ProxyAgent {
  const connect = agent.connect.bind(agent);
  agent.connect = async (request: ConnectRequest, options: ConnectOptions) => {
    let status = 200;
    request.once("proxyConnect", (answer: { statusCode?: number }) => {
      status = answer.statusCode ?? 200;
    });
    // For this connection only, and no longer than it is made: a socket below TLS has no listener for errors.
    const making = new AbortController();
    const giveUp = () => making.abort();
    options.giveUp?.addEventListener("abort", giveUp, { once: true });
    // https-proxy-agent does not hand on an address to check, and Node would check the proxy's name. Not an option of the
    // request: since Node 22 a connection is not used again where each request brings a function of its own.
    const host = options.host ?? "";
    const checked = (_: string, certificate: PeerCertificate) => checkServerIdentity(host, certificate);
    Object.assign(options, { checkServerIdentity: checked });
    if (options.giveUp?.aborted) giveUp();
    agent.connectOpts.signal = making.signal;
    let socket: Awaited<ReturnType<typeof connect>>;
    try {
      socket = await connect(request, options);
    } catch (error) {
      // The packages name no code where the proxy hangs up before its answer.
      const code = (error as NodeJS.ErrnoException).code ?? "ECONNRESET";
      throw Object.assign(error as Error, { code, atProxy: true });
    } finally {
      options.giveUp?.removeEventListener("abort", giveUp);
    }
    if (status === 200) return socket;
    socket.destroy();
    throw Number.isNaN(status)
      ? Object.assign(new Error("not HTTP"), { code: "HPE_INVALID_STATUS", atProxy: true })
      : proxyRefused(status);
  };
  return agent;
}
