import type { Agent } from "node:http";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { proxyRefused } from "./network-errors.ts";
import type { SendOptions } from "./send.ts";

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
