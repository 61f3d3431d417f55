import assert from "node:assert/strict";
import test from "node:test";
import { stanzasByIdentity } from "../../src/profiles/stanzas.ts";
import { awsConfig } from "../config/files/config-text.ts";

const role = "arn:aws:iam::111111111111:role/r";
const stanza = (name: string, identity: string) =>
  `[profile ${name}]\ncredential_process = /bin/aws-as process ${identity}\n`;

const config = awsConfig(
  [
    "[profile u]\naws_access_key_id = A\naws_secret_access_key = s\n",
    `[profile r]\nrole_arn = ${role}\nsource_profile = u\n`,
    "[profile wrong]\nrole_arn = x\nsource_profile = u\n",
    stanza("as-u", "u"),
    stanza("as-r", "r"),
    stanza("as-arn", role),
    stanza("as-as-u", "as-u"),
    stanza("as-wrong", "wrong"),
    stanza("as-gone", "gone"),
    stanza("own", "own"),
  ].join(""),
);

test("stanzas are found by the identity that they lead to, also over an ARN or another stanza", () => {
  const served = [...stanzasByIdentity(config)].map(
    ([name, found]) => `${name}: ${found.map(({ profile }) => profile).join(" ")}`,
  );
  assert.deepEqual(served, ["u: as-u as-as-u", "r: as-r as-arn", "wrong: as-wrong", "own: own"]);
});
