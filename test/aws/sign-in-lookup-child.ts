import { endpointFor } from "../../src/aws/endpoint.ts";
import { ssoPortal } from "../../src/aws/portal.ts";
import { refreshLogin } from "../../src/aws/signin.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";

/**
 * A process of its own that renews tokens at the URL given and asks for a role's credentials, and prints which of AWS's
 * variables were read on the way. For environment.test.ts.
 */
const read = new Set<string>();
process.env = new Proxy(process.env, {
  get: (target, name: string) => {
    if (/AWS|AMZN|PROXY/i.test(name)) read.add(name);
    return target[name];
  },
});
const [url = "", tokens = ""] = process.argv.slice(2);
const { sso, login } = JSON.parse(tokens);
const endpoint = endpointFor(new Map(), { AWS_ENDPOINT_URL: url, AWS_REGION: "eu-west-1" });
const options = { env: {}, clock: systemClock, platform: process.platform, endpoint };
const portal = ssoPortal("eu-west-1", options);
const { accessToken } = await portal.refreshToken({
  clientId: sso.clientId,
  clientSecret: new Secret(sso.clientSecret),
  refreshToken: new Secret(sso.refreshToken),
});
await portal.getRoleCredentials({ accountId: "111111111111", roleName: "Admin", accessToken });
const grant = {
  clientId: login.clientId,
  refreshToken: new Secret(login.refreshToken),
  dpopKey: new Secret(login.dpopKey),
};
await refreshLogin(grant, "eu-west-1", options);
process.stdout.write(`done\n${[...read].sort().join(" ")}\n`);
