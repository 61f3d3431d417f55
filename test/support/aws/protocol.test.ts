import assert from "node:assert/strict";
import test from "node:test";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type STSClient,
} from "@aws-sdk/client-sts";
import { readParameters } from "./dispatch.ts";
import { fakeFor, refused, stsFor, userKey } from "./sdk-clients.ts";
import { one, worldOfOne } from "./world-of-one.ts";
import { xml } from "./xml.ts";

interface Sent {
  method: string;
  body: string;
  query: Record<string, string>;
  headers: Record<string, string>;
}

/** Changes what the SDK sends: before it is signed, or after. */
function change(sts: STSClient, when: "before" | "after", how: (request: Sent) => void): STSClient {
  const middleware =
    (next: (args: { request: unknown }) => Promise<never>) => (args: { request: unknown }) => {
      how(args.request as Sent);
      return next(args);
    };
  const step = when === "before" ? "build" : "deserialize";
  sts.middlewareStack.add(middleware as never, { step: step as "build", priority: "low" });
  return sts;
}

const whoAmI = new GetCallerIdentityCommand({});

const replaced = (from: string, to: string) => (request: Sent) => {
  request.body = request.body.replace(from, to);
  request.headers["content-length"] = String(request.body.length);
};

const protocol: [string, (request: Sent) => void, code: string, message: string][] = [
  [
    "an unknown action",
    replaced("GetCallerIdentity", "GetEverything"),
    "InvalidAction",
    "Could not find operation GetEverything for version 2011-06-15",
  ],
  [
    "no version",
    replaced("Version=2011-06-15", ""),
    "InvalidAction",
    "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED",
  ],
  [
    "the wrong version",
    replaced("2011-06-15", "2010-05-08"),
    "NoSuchVersion",
    "The requested version (2010-05-08) of service AWSSecurityTokenService does not exist",
  ],
  [
    "no action",
    replaced("Action=GetCallerIdentity", ""),
    "MissingAction",
    "The request must contain the parameter Action.",
  ],
];

for (const [name, how, code, message] of protocol) {
  test(`${name} is refused`, async (t) => {
    const fake = await fakeFor(t);
    await refused(change(stsFor(fake), "before", how).send(whoAmI), code, 400, message);
  });
}

test("GET is understood as well as POST", async (t) => {
  const fake = await fakeFor(t);
  const sts = change(stsFor(fake), "before", (request) => {
    request.method = "GET";
    request.query = { Action: "GetCallerIdentity", Version: "2011-06-15" };
    request.body = "";
    request.headers = { host: request.headers["host"] ?? "" };
  });
  assert.equal((await sts.send(whoAmI)).Arn, one.userArn);
  assert.equal(fake.requests.last()?.method, "GET");
});

test("a number that is none is refused", async (t) => {
  const fake = await fakeFor(t);
  const sts = change(stsFor(fake), "before", replaced("DurationSeconds=900", "DurationSeconds=9e2"));
  await refused(sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 })), "MalformedInput", 400);
});

test("a body that is no form has no parameters", () => {
  const body = Buffer.from("Action=GetCallerIdentity");
  const request = { method: "POST", target: "/", body };
  assert.equal(readParameters({ ...request, headers: { "content-type": "text/plain" } }).size, 0);
});

test("a request that was changed on the way is refused", async (t) => {
  const fake = await fakeFor(t);
  const sts = change(stsFor(fake), "after", replaced("DurationSeconds=900", "DurationSeconds=999"));
  const call = sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  await refused(call, "SignatureDoesNotMatch", 403);
  const bare = change(stsFor(fake), "after", (request) => {
    delete request.headers["authorization"];
  });
  await refused(bare.send(whoAmI), "MissingAuthenticationToken", 403);
});

test("the XML is what AWS sends, with its namespace, request id and the fake's date", async (t) => {
  const fake = await fakeFor(t);
  fake.setClock(1_700_000_000_000, { stopped: true });
  const response = await fetch(fake.url, { method: "POST", body: new URLSearchParams({ Action: "<&>" }) });
  const text = await response.text();
  const id = response.headers.get("x-amzn-requestid") ?? "";
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.equal(response.headers.get("date"), "Tue, 14 Nov 2023 22:13:20 GMT");
  assert.equal(response.headers.get("content-type"), "text/xml");
  assert.equal(
    text,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>InvalidAction</Code>
    <Message>Could not find operation &lt;&amp;&gt; for version NO_VERSION_SPECIFIED</Message>
  </Error>
  <RequestId>${id}</RequestId>
</ErrorResponse>
`,
  );
});

test("lists, absent and empty children are written as the query protocol has them", () => {
  const written = xml({ A: [{ B: 1 }, { B: true }], C: undefined, D: "", E: [] }).replaceAll(/\s/g, "");
  assert.equal(written, "<A><member><B>1</B></member><member><B>true</B></member></A><D></D><E></E>");
});

test("the log holds what was asked, by whom, and how it ended, with the secrets kept apart", async (t) => {
  const fake = await fakeFor(t);
  const TokenCode = fake.code(one.mfaSerial);
  const wish = new GetSessionTokenCommand({ SerialNumber: one.mfaSerial, TokenCode });
  const { Credentials } = await stsFor(fake).send(wish);
  await assert.rejects(stsFor(fake).send(wish));
  await assert.rejects(stsFor(fake, { ...userKey, secretAccessKey: "x" }).send(wish));
  const [first, second, third] = fake.requests.of("GetSessionToken");
  assert.deepEqual(
    [first?.outcome, first?.callerArn, first?.issuedKeyId, first?.service, first?.method],
    ["ok", one.userArn, Credentials?.AccessKeyId, "sts", "POST"],
  );
  assert.deepEqual(first?.parameters, {
    Action: "GetSessionToken",
    Version: "2011-06-15",
    SerialNumber: one.mfaSerial,
  });
  assert.deepEqual(first?.secrets, { TokenCode });
  assert.match(first?.userAgent ?? "", /aws-sdk-js/);
  assert.deepEqual(
    [second?.outcome, second?.code, second?.callerArn],
    ["refused", "AccessDenied", one.userArn],
  );
  assert.deepEqual(
    [third?.code, third?.callerArn, third?.accessKeyId],
    ["SignatureDoesNotMatch", undefined, one.accessKeyId],
  );
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 3 });
  assert.equal(fake.requests.count("GetSessionToken", "ok"), 1);
  const secrets = fake.secrets();
  for (const secret of [TokenCode, one.mfaSecret, one.secretAccessKey, Credentials?.SessionToken]) {
    assert.ok(secrets.includes(secret ?? ""));
  }
  fake.requests.clear();
  assert.equal(fake.requests.last(), undefined);
});

test("the world may be changed, or another put in its place, while the fake runs", async (t) => {
  const fake = await fakeFor(t);
  fake.world = { accounts: [] };
  await refused(stsFor(fake).send(whoAmI), "InvalidClientTokenId", 403);
  fake.world = worldOfOne();
  await stsFor(fake).send(whoAmI);
});

test("a world that the fake does not understand is loud, and looks like nothing that AWS says", async (t) => {
  const world = worldOfOne();
  const role = world.accounts[0]?.roles[0];
  assert.ok(role);
  role.trust.Statement[0] = { Effect: "Allow", Principal: "*", Action: "*", Condition: { Odd: { x: "y" } } };
  const fake = await fakeFor(t, { world });
  const stderr = t.mock.method(process.stderr, "write", () => true);
  const call = stsFor(fake).send(new AssumeRoleCommand({ RoleArn: one.role1, RoleSessionName: "s1" }));
  await assert.rejects(
    call,
    (error: { $response?: { statusCode: number } }) => error.$response?.statusCode === 599,
  );
  assert.match(String(stderr.mock.calls[0]?.arguments[0]), /does not know the condition operator Odd/);
  stderr.mock.restore();
  assert.equal(fake.requests.last()?.outcome, "bug");
});
