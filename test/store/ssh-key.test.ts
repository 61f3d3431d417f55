import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import test from "node:test";
import {
  isSignatureOf,
  judgedSignature,
  keyTypeOf,
  refusalOf,
  sshString,
} from "../../src/store/ssh-agent/ssh-key.ts";

const data = Buffer.from("what is signed");

/** A public key as SSH writes it, of these parts after its type. */
const keyOf = (type: string, ...parts: Buffer[]): Buffer =>
  Buffer.concat([sshString(type), ...parts.map((part) => sshString(part))]);

function ed25519() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  return { key: keyOf("ssh-ed25519", Buffer.from(x, "base64url")), signature: sign(null, data, privateKey) };
}

function rsa(modulusLength: number) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength });
  const { e = "", n = "" } = publicKey.export({ format: "jwk" });
  const numbers = [
    Buffer.from(e, "base64url"),
    Buffer.concat([Buffer.alloc(1), Buffer.from(n, "base64url")]),
  ];
  return { key: keyOf("ssh-rsa", ...numbers), signature: sign("sha512", data, privateKey) };
}

test("Ed25519 and RSA keys from 2048 bits on can open a store", () => {
  for (const { key } of [ed25519(), rsa(2048), rsa(3072)]) assert.equal(refusalOf(key), undefined);
});

const some = Buffer.alloc(32, 1);
for (const [what, key, words] of [
  ["a short RSA key", rsa(1024).key, /1024 bits is too weak/],
  ["an RSA key of 2047 bits", keyOf("ssh-rsa", Buffer.from([3]), Buffer.alloc(256, 0x7f)), /2047 bits/],
  ["an RSA modulus of a megabyte", keyOf("ssh-rsa", Buffer.from([3]), Buffer.alloc(2 ** 20, 1)), /damaged/],
  ["an RSA key without a modulus", keyOf("ssh-rsa", Buffer.from([3])), /damaged/],
  ["an Ed25519 key cut short", keyOf("ssh-ed25519", some).subarray(0, -1), /damaged/],
  ["an Ed25519 key with something behind it", keyOf("ssh-ed25519", some, some), /damaged/],
  ["ECDSA", keyOf("ecdsa-sha2-nistp256", some), /ECDSA never signs the same way twice/],
  ["DSA", keyOf("ssh-dss", some), /DSA never signs the same way twice/],
  [
    "a security key",
    keyOf("sk-ssh-ed25519@openssh.com", some),
    /security key never signs the same way twice/,
  ],
  ["a security key with ECDSA", keyOf("sk-ecdsa-sha2-nistp256@openssh.com", some), /security key/],
  ["a browser's security key", keyOf("webauthn-sk-ecdsa-sha2-nistp256@openssh.com", some), /security key/],
  ["a certificate", keyOf("ssh-ed25519-cert-v01@openssh.com", some), /certificates are renewed/],
  ["a certificate of a security key", keyOf("sk-ssh-ed25519-cert-v01@openssh.com", some), /certificates/],
  ["a key to come", keyOf("ssh-ed448", some), /not known to sign the same way twice/],
  ["nothing", Buffer.alloc(0), /not known/],
  ["garbage", Buffer.from("AAAA"), /not known/],
] as const) {
  test(`refused with a reason: ${what}`, () => assert.match(refusalOf(key) ?? "", words));
}

test("a signature must be of the kind that was asked for", () => {
  const bytes = Buffer.alloc(256);
  const { key } = rsa(2048);
  for (const algorithm of ["ssh-rsa", "rsa-sha2-256", "ssh-ed25519", ""]) {
    const judged = judgedSignature(key, { algorithm, bytes });
    assert.ok("wrong" in judged);
    assert.match(judged.wrong, /rsa-sha2-512 was asked for/);
  }
  const long = judgedSignature(key, { algorithm: "rsa-sha2-512", bytes: Buffer.alloc(257) });
  assert.ok("wrong" in long);
  const short = judgedSignature(ed25519().key, { algorithm: "ssh-ed25519", bytes: Buffer.alloc(63) });
  assert.ok("wrong" in short);
});

test("an RSA signature without its leading zeros counts as the whole one", () => {
  const { key } = rsa(2048);
  const whole = Buffer.concat([Buffer.alloc(2), Buffer.alloc(254, 7)]);
  assert.deepEqual(judgedSignature(key, { algorithm: "rsa-sha2-512", bytes: whole.subarray(2) }), whole);
});

test("whose signature it is shows", () => {
  for (const make of [ed25519, () => rsa(2048)]) {
    const { key, signature } = make();
    assert.equal(keyTypeOf(key).startsWith("ssh-"), true);
    assert.equal(isSignatureOf(key, data, signature), true);
    assert.equal(isSignatureOf(make().key, data, signature), false);
    assert.equal(isSignatureOf(key, Buffer.from("else"), signature), false);
    assert.equal(isSignatureOf(key, data, Buffer.alloc(signature.length)), false);
    assert.equal(isSignatureOf(key, data, Buffer.alloc(0)), false);
  }
  assert.equal(
    isSignatureOf(keyOf("ssh-rsa", Buffer.alloc(3), Buffer.alloc(256, 0xff)), data, Buffer.alloc(256)),
    false,
  );
});
