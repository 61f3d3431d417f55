import assert from "node:assert/strict";
import test from "node:test";
import { planDevices, rivalsOf, summed } from "../../../src/commands/init/plan.ts";
import { planRemoval } from "../../../src/commands/init/plan-removal.ts";
import { mergeDocuments } from "../../../src/config/aws-config.ts";
import { parseDocument, printDocument } from "../../../src/config/files/document.ts";
import { type Action, applyActions } from "../../../src/profiles/actions.ts";
import { mark, markedSections } from "../../../src/profiles/marks.ts";
import { planStanzas } from "../../../src/profiles/plan-stanzas.ts";
import { fakeMachine } from "../../support/fake-machine.ts";

const command = "/usr/bin/node /usr/local/bin/aws-as";
const keys = "[u]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";
const config = `# mine
[profile u]
region = eu-west-1
output = json

[profile r]
role_arn = arn:aws:iam::111111111111:role/r
source_profile = u
region = eu-central-1
s3 =
  max_concurrent_requests = 20
`;

/** Plans for a config file, and the file with the plan carried out. */
function init(text: string, names = ["u", "r"], options: { explicit?: boolean; credentials?: string } = {}) {
  const document = parseDocument(Buffer.from(text), "~/.aws/config", "config");
  const credentials = parseDocument(
    Buffer.from(options.credentials ?? keys),
    "~/.aws/credentials",
    "credentials",
  );
  const merged = mergeDocuments(document, credentials);
  const marked = markedSections(document);
  const plan = planStanzas({
    config: merged,
    names,
    explicit: options.explicit ?? false,
    prefix: "as-",
    command,
    marked: marked.profiles,
  });
  const apply = (actions: readonly Action[]) => printDocument(applyActions(document, actions)).toString();
  return { ...plan, document, merged, marked, after: apply(plan.actions), apply };
}

test("a stanza stands right behind the profile that it serves, with what clients need beside credentials", () => {
  assert.equal(
    init(config).after,
    `# mine
[profile u]
region = eu-west-1
output = json

[profile as-u]
# ${mark}
region = eu-west-1
output = json
credential_process = ${command} process u

[profile r]
role_arn = arn:aws:iam::111111111111:role/r
source_profile = u
region = eu-central-1
s3 =
  max_concurrent_requests = 20

[profile as-r]
# ${mark}
region = eu-central-1
credential_process = ${command} process r
`,
  );
});

test("a second run changes nothing", () => {
  const { after } = init(config);
  assert.deepEqual(init(after).actions, []);
});

test("a run after the user's profile changed brings the stanza up to date", () => {
  const { after } = init(config);
  const moved = after.replace("region = eu-central-1\ns3", "output = text\ns3");
  assert.deepEqual(init(moved).actions, [
    { kind: "update-stanza", profile: "as-r", identity: "r", set: [["output", "text"]], remove: ["region"] },
  ]);
  assert.deepEqual(init(init(moved).after).actions, []);
});

test("removal gives the file back byte for byte", () => {
  for (const text of [config, config.trimEnd(), config.replaceAll("\n", "\r\n"), `\ufeff${config}`]) {
    const after = init(text);
    const again = init(after.after);
    const removal = planRemoval({
      config: again.merged,
      document: again.document,
      names: [],
      marked: again.marked,
    });
    assert.equal(again.apply(removal.actions), text);
  }
});

test("removal of one identity leaves the others", () => {
  const { document, merged, marked } = init(init(config).after);
  assert.deepEqual(planRemoval({ config: merged, document, names: ["r"], marked }).actions, [
    { kind: "remove-stanza", profile: "as-r" },
  ]);
  assert.deepEqual(planRemoval({ config: merged, document, names: ["as-r"], marked }).actions, [
    { kind: "remove-stanza", profile: "as-r" },
  ]);
  assert.throws(
    () => planRemoval({ config: merged, document, names: ["other"], marked }),
    /has written no profile for "other"/,
  );
});

test("a stanza that somebody added to stays, with a warning", () => {
  const edited = init(config).after.replace("process u\n", "process u\naccount_note = mine\n");
  const { document, merged, marked } = init(edited);
  const { actions, warnings } = planRemoval({ config: merged, document, names: [], marked });
  assert.deepEqual(actions, [{ kind: "remove-stanza", profile: "as-r" }]);
  assert.match(warnings[0] ?? "", /left profile "as-u" in place: account_note was added to it/);
});

test("a profile that somebody else wrote is never touched", () => {
  const theirs = `${config}\n[profile as-r]\nregion = x\n`;
  const { actions, warnings } = init(theirs);
  assert.deepEqual(
    actions.map(({ profile }) => profile),
    ["as-u"],
  );
  assert.match(warnings[0] ?? "", /there is a profile "as-r" that aws-as did not write/);
  assert.throws(() => init(theirs, ["r"], { explicit: true }), /did not write/);
});

test("an identity that cannot be served is a warning among all, and an error by name", () => {
  const broken = `${config}\n[profile x]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = nobody\n`;
  assert.match(init(broken, ["u", "r", "x"]).warnings.join(), /left out "x": .*"nobody"/);
  assert.throws(() => init(broken, ["x"], { explicit: true }), /"nobody"/);
});

test("a role without a profile gets no stanza, and is told how to get one", () => {
  assert.throws(
    () => init(config, ["111111111111/other"], { explicit: true }),
    /"111111111111\/other" is not a profile/,
  );
});

test("keys of a stanza's name, and keys in the environment, are warned of", () => {
  const credentials = `${keys}[as-u]\naws_access_key_id = AKIA\naws_secret_access_key = s\n`;
  const { merged } = init(init(config).after, [], { credentials });
  const warnings = rivalsOf(["as-u", "as-r"], merged, { AWS_ACCESS_KEY_ID: "x" });
  assert.match(warnings[0] ?? "", /~\/\.aws\/credentials:5: most clients prefer the keys of "as-u"/);
  assert.match(warnings[1] ?? "", /AWS_ACCESS_KEY_ID is set in this shell/);
  assert.equal(warnings.length, 2);
});

const device = "arn:aws:iam::111111111111:mfa/my-user1";

test("the device that IAM names is asked for once per key, and written with the key's profile", async () => {
  const machine = fakeMachine({ config, credentials: keys });
  machine.scripted.devices = ["arn:aws:iam::111111111111:u2f/user/my-user1/key", device];
  const { merged } = init(config);
  const { actions, warnings } = await planDevices(merged, ["u", "r"], machine);
  assert.deepEqual(
    { actions, warnings },
    { actions: [{ kind: "add-device", profile: "u", serial: device }], warnings: [] },
  );
  assert.deepEqual(machine.scripted.calls, ["list devices"]);
  assert.match(
    init(config).apply(actions),
    new RegExp(`\\[aws-as u\\]\n# ${mark}\nmfa_serial = ${device}\n`),
  );
});

test("a device that the configuration names is not asked for", async () => {
  const named = config.replace("source_profile = u", `source_profile = u\nmfa_serial = ${device}`);
  const machine = fakeMachine({ config: named, credentials: keys });
  assert.deepEqual(await planDevices(init(named).merged, ["u", "r"], machine), { actions: [], warnings: [] });
  assert.deepEqual(machine.scripted.calls, []);
});

test("devices that cannot give codes, or too many, are told and do not stop init", async () => {
  for (const [devices, warning] of [
    [["arn:aws:iam::111111111111:u2f/user/my-user1/key"], /FIDO security key/],
    [[device, `${device}-2`], /has 2 MFA devices/],
    [[], /no MFA device for "u": IAM lists none/],
  ] as const) {
    const machine = fakeMachine({ config, credentials: keys });
    machine.scripted.devices = devices;
    const { actions, warnings } = await planDevices(init(config).merged, ["u"], machine);
    assert.deepEqual(actions, []);
    assert.match(warnings.join(), warning);
  }
});

test("credentials-05: warnings that differ in names and places only are one, with their number", () => {
  const names = Array.from({ length: 60 }, (_, number) => `acct-${number}`);
  const left = names.map(
    (name, number) =>
      `left out "${name}": ~/.aws/config:${number}: \`aws sso login --profile ${name}\` reads it; aws-as init ${name}`,
  );
  const few = ["acct-1", "acct-2"].map((name) => `no MFA device for "${name}"`);
  assert.deepEqual(summed([...left, ...few], new Set(names)), [
    `${left[0]} (and the same for 59 others)`,
    ...few,
  ]);
});

test("credentials-05: thousands of profiles get theirs, in the places and bytes as one by one, and lose them", () => {
  const profile = (number: number) =>
    `[profile acct-${number}]\nsso_session = s\nsso_account_id = 111111111111\nsso_role_name = r\nregion = eu-west-1\n`;
  const numbers = Array.from({ length: 2000 }, (_, number) => number);
  const text = ["[sso-session s]\nsso_region = eu-west-1\n", ...numbers.map(profile)].join("\n");
  const document = parseDocument(Buffer.from(text), "~/.aws/config", "config");
  const process = (number: number) => ["credential_process", `/x/aws-as process acct-${number}`] as const;
  const began = performance.now();
  const after = applyActions(
    document,
    numbers.map((number) => ({
      kind: "add-stanza",
      profile: `as-acct-${number}`,
      identity: `acct-${number}`,
      properties: [process(number)],
    })),
  );
  const bytes = printDocument(after).toString();
  const stanza = (number: number) =>
    `[profile as-acct-${number}]\n# ${mark}\n${process(number).join(" = ")}\n`;
  const wanted = numbers.flatMap((number) => [profile(number), stanza(number)]);
  assert.equal(bytes, ["[sso-session s]\nsso_region = eu-west-1\n", ...wanted].join("\n"));
  const back = applyActions(
    after,
    numbers.map((number) => ({ kind: "remove-stanza", profile: `as-acct-${number}` })),
  );
  assert.equal(printDocument(back).toString(), text);
  // Each edit read the whole file once: that took minutes.
  assert.ok(performance.now() - began < 30_000);
});
