import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { readRaw } from "../../src/clients/raw-file.ts";
import { lineRules } from "../../src/clients/rules.ts";
import { readLeniently } from "../../src/commands/doctor/gather.ts";
import { bytesOf, samples } from "../support/doctor/samples.ts";

function hitsOf(bytes: Buffer, kind: "config" | "credentials") {
  const file = readRaw(bytes, kind, "f");
  return lineRules.flatMap(({ id, find }) => find(file).map(({ line, what }) => ({ id, line, what })));
}

for (const sample of samples) {
  test(`a line rule finds ${sample.name}`, () => {
    const found = hitsOf(bytesOf(sample), sample.kind).filter(({ id }) => id === sample.id);
    assert.deepEqual(
      found.map(({ line }) => line),
      [sample.line],
    );
  });
}

test("every line rule has a sample", () => {
  const sampled = new Set(samples.map(({ id }) => id));
  assert.deepEqual(
    lineRules.map(({ id }) => id).filter((id) => !sampled.has(id)),
    [],
  );
});

const plain = [
  "# a comment with signs: ( ! [ ] = ; $",
  "; another",
  "",
  "[default]",
  "region = eu-west-1",
  "s3 =",
  "  max_concurrent_requests = 20",
  "",
  "  max_queue_size = 1000",
  "[profile my-role1]",
  "role_arn = arn:aws:iam::111111111111:role/my-role1",
  "source_profile=my-user1",
  "external_id = a#b;c",
  "[profile as-my-role1]",
  "credential_process = /usr/bin/node /opt/my\\ tools/aws-as.cjs process my-role1",
  "[sso-session corp]",
  "sso_start_url = https://corp.awsapps.com/start#/",
  "[services local]",
  "sts =",
  "  endpoint_url = http://localhost:4566",
  "[aws-as]",
  "store = keychain",
  "[aws-as my-user1]",
  "mfa_process = ykman oath accounts code -s aws | head -1  # what only aws-as reads may have comments",
];

for (const [name, ending] of [
  ["LF", "\n"],
  ["CRLF", "\r\n"],
] as const) {
  test(`a file that all clients read alike gets no finding, with ${name}`, () => {
    assert.deepEqual(hitsOf(Buffer.from(plain.join(ending)), "config"), []);
    const credentials = "[my-user1]\naws_access_key_id = AKIA\naws_secret_access_key = a/b+c=\n";
    assert.deepEqual(hitsOf(Buffer.from(credentials), "credentials"), []);
  });
}

for (const command of [
  "/usr/bin/aws-as process a",
  "/opt/my\\ tools/aws-as process a",
  '/opt/x z "a b"',
  "/opt/x 'a | b $c'",
  "/opt/x a  # what follows is a comment: | ; $",
]) {
  test(`a command that every client runs alike gets no finding: ${command}`, () => {
    const found = hitsOf(Buffer.from(`[profile a]\ncredential_process = ${command}\n`), "config");
    assert.deepEqual(
      found.map(({ id }) => id).filter((id) => id.startsWith("process-")),
      [],
    );
  });
}

/** Shaped as secrets are, in the places where a line may break one. */
const secret = fc.stringMatching(/^[A-Za-z0-9/+]{39}[A-Z]=?=?$/);
const around = fc.constantFrom(
  (s: string) => `${s}\n`,
  (s: string) => `[profile a]\n${s}\n`,
  (s: string) => `[profile a]\naws_secret_access_key =\n  ${s}\n`,
  (s: string) => `[profile a]\nregion = x\n  ${s}\n`,
  (s: string) => `[profile a]\nregion = x # ${s}\n`,
  (s: string) => `[profile a aws_secret_access_key = ${s}]\n`,
  (s: string) => `[default aws_secret_access_key = ${s}\n`,
  (s: string) => `[${s}]\n`,
  (s: string) => `[profile "${s} x"]\n[profile "${s} x"]\n`,
  (s: string) => `[profile a]\n${s}: x\n`,
  (s: string) => `[profile a]\n${s}=\n${s}=\n`,
);

test("no rule and no error shows a line that may hold a secret, wherever it stands", () => {
  fc.assert(
    fc.property(secret, around, (value, write) => {
      const bytes = Buffer.from(write(value));
      for (const kind of ["config", "credentials"] as const) {
        const words = hitsOf(bytes, kind).map(({ what }) => what);
        const { errors } = readLeniently(bytes, "f", kind);
        const said = JSON.stringify([words, errors]);
        assert.ok(!said.includes(value.slice(0, 20)), said);
      }
    }),
  );
});

test("any bytes are read without an error, and each of our parser's errors once", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      hitsOf(Buffer.from(bytes), "config");
      const { errors } = readLeniently(Buffer.from(bytes), "f", "config");
      assert.equal(new Set(errors.map(({ line }) => line)).size, errors.length);
    }),
  );
});

test("a header that cannot be read takes its properties with it, and the rest of the file is read", () => {
  const text = "[profile a]\nregion = x\n[profile b\nregion = y\nword\n[profile c]\nregion = z\n";
  const { document, errors } = readLeniently(Buffer.from(text), "f", "config");
  assert.deepEqual(
    errors.map(({ line }) => line),
    [3, 5],
  );
  assert.deepEqual(
    document.sections.map(({ name, properties }) => [name, properties.map(({ value }) => value)]),
    [
      ["a", ["x"]],
      ["profile b", ["y"]],
      ["c", ["z"]],
    ],
  );
});

test("config-18: a file in another encoding is one finding, with the way to convert it", () => {
  const bytes = Buffer.from("\ufeff[profile a]\r\nregion = x\r\nword\r\n", "utf16le");
  const { document, errors, raw } = readLeniently(bytes, "~/.aws/config", "config");
  assert.deepEqual(
    errors.map(({ line, message, hint }) => [line, message, hint]),
    [
      [
        1,
        "the file is in UTF-16, and AWS clients read UTF-8",
        "convert it: cp -p ~/.aws/config ~/.aws/config.utf-16 && iconv -f UTF-16 -t UTF-8 ~/.aws/config.utf-16 > ~/.aws/config",
      ],
    ],
  );
  assert.deepEqual(document.sections, []);
  assert.deepEqual(
    lineRules.flatMap(({ find }) => find(raw)),
    [],
  );
});
