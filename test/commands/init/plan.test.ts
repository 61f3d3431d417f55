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

const device = "arn:aws:iam::111111111111:mfa/my-user1";

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
    document,
    credentials,
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
# copied by aws-as init: region 5abd5a1c, output 6a5b445c
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
# copied by aws-as init: region 2f26cb57, s3 1ffb2de2
region = eu-central-1
s3 =
  max_concurrent_requests = 20
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
  const [{ comments, ...action }] = init(moved).actions as [Extract<Action, { kind: "update-stanza" }>];
  assert.deepEqual(action, {
    kind: "update-stanza",
    profile: "as-r",
    identity: "r",
    set: [["output", "text", ["output = text"]]],
    remove: ["region"],
  });
  assert.match(
    comments?.join("\n") ?? "",
    new RegExp(`^${mark}\ncopied by aws-as init: output \\w{8}, s3 \\w{8}$`),
  );
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

/** What a person writes into `[profile as-r]`, and what a removal names. */
const written: readonly [what: string, edit: (stanza: string) => string, named: string][] = [
  ["a property", (text) => `${text}account_note = mine\n`, "account_note"],
  ["a property that init copies", (text) => `${text}output = text\n`, "output"],
  ["a value", (text) => text.replace("eu-central-1", "us-east-1"), "region"],
  ["a nested value", (text) => `${text}s3 =\n  max_concurrent_requests = 1\n`, "s3"],
  ["a value over two lines", (text) => text.replace("eu-central-1", "eu-central-1\n  more"), "region"],
  ["a comment at the end", (text) => `${text}# mine\n`, "a comment"],
  ["a comment in between", (text) => text.replace("\nregion", "\n# mine\nregion"), "a comment"],
  ["a comment behind a value", (text) => text.replace("eu-central-1", "eu-central-1 # mine"), "region"],
  ["a comment behind the header", (text) => text.replace("]", "] # mine"), "a comment"],
  [
    "a comment behind the command",
    (text) => text.replace("process r", "process r ; mine"),
    "credential_process",
  ],
  ["a name that clients ignore", (text) => `${text}odd name = 1\n`, "odd name"],
  ["a command of another name", (text) => text.replace("process r", "process u"), "credential_process"],
];

/** The stanza of r after init, and what stands before it. */
function stanzaOfR(): { before: string; stanza: string } {
  const { after } = init(config);
  const start = after.indexOf("[profile as-r]");
  return { before: after.slice(0, start), stanza: after.slice(start) };
}

for (const [what, edit, named] of written) {
  test(`attack-02: ${what} that a person writes into a generated profile stays`, () => {
    const { before, stanza } = stanzaOfR();
    const edited = edit(stanza);
    assert.notEqual(edited, stanza);
    // The identity changes in all that init copies.
    const changed = before.replace(
      "region = eu-central-1",
      "region = eu-north-1\noutput = yaml\nretry_mode = adaptive",
    );
    for (const text of [before + edited, changed + edited]) {
      const again = init(text);
      const kept = again.after.slice(again.after.indexOf("[profile as-r]"));
      for (const line of edited.split("\n").filter((each) => !stanza.split("\n").includes(each))) {
        assert.ok(kept.split("\n").includes(line), `${line} is lost in\n${kept}`);
      }
      assert.deepEqual(init(again.after).after, again.after, "a second run changes nothing");
      const { document, merged, marked } = again;
      const removal = planRemoval({ config: merged, document, names: [], marked });
      assert.deepEqual(
        removal.actions.map(({ profile }) => profile),
        ["as-u"],
      );
      if (text !== before + edited) continue;
      const message = new RegExp(
        `left profile "as-r" in place: ${named}( .line [0-9]+.)? was added to it or changed; remove`,
      );
      assert.match(removal.warnings.join(), message);
    }
  });
}

test("attack-02: what init copied follows the user's profile, and what a person wrote beside it does not", () => {
  const { before, stanza } = stanzaOfR();
  const text =
    before.replace("region = eu-central-1", "region = eu-north-1\noutput = yaml") +
    `${stanza}output = text\n`;
  const { after } = init(text);
  assert.match(
    after,
    /\[profile as-r\]\n.*\n.*: region \w{8}, s3 \w{8}\nregion = eu-north-1\ns3 =\n.*\ncredential_process = .*\noutput = text\n$/,
  );
});

test("attack-02: a command that was changed by hand stays, and init says how to have it again", () => {
  const { before, stanza } = stanzaOfR();
  const edited = before + stanza.replace("/usr/bin/node", "env DEBUG=1 /usr/bin/node");
  assert.match(init(edited).warnings.join(), /the credential_process of profile "as-r" was changed by hand/);
  assert.equal(init(edited).after, edited);
  const moved = before + stanza.replace("/usr/bin/node", "/opt/old/node");
  assert.equal(init(moved).after, before + stanza, "the path of a program that moved is no such change");
});

test("attack-02: a comment in the section of a device stays with it", () => {
  const actions = [{ kind: "add-device", profile: "u", serial: device }] as const;
  const text = init(config).apply(actions).replace(device, `${device}\n# my phone`);
  const { document, merged, marked } = init(text);
  const removal = planRemoval({ config: merged, document, names: [], marked });
  assert.match(
    removal.warnings.join(),
    /left section \[aws-as u\] in place: a comment \(line \d+\) was added/,
  );
  assert.match(printDocument(applyActions(document, removal.actions)).toString(), /mfa_serial.*\n# my phone/);
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
      comments: [mark],
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

test("an sso-session of a profile's name, further down, is not taken for the profile", () => {
  const text =
    "[profile corp]\nregion = eu-west-1\n\n[profile other]\nregion = eu-west-1\n\n[sso-session corp]\nsso_region = eu-west-1\n\n[profile last]\nregion = eu-west-1\n";
  const document = parseDocument(Buffer.from(text), "~/.aws/config", "config");
  const adopted = applyActions(document, [{ kind: "adopt", profile: "corp", command: "/x process corp" }]);
  const [first = ""] = printDocument(adopted).toString().split("\n\n");
  assert.match(first, /^\[profile corp\]\n# adopted.*\n(?:.*\n)*credential_process = \/x process corp$/m);
});
