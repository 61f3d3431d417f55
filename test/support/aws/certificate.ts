import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

async function run(program: string, args: readonly string[]): Promise<void> {
  try {
    await execute(program, args);
  } catch (cause) {
    throw new Error(`cannot make a certificate: ${program} is missing or failed`, { cause });
  }
}

/** A server certificate for 127.0.0.1, localhost and the hosts given, with the authority that signed it. */
export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** PEM of the authority, for `AWS_CA_BUNDLE`. */
  readonly caFile: string;
  /** Removes the folder with all of it. */
  remove(): Promise<void>;
}

/** What a test that needs the certificate is skipped with: false where it can run, or has to. */
export const withoutOpenssl =
  process.env["AWS_AS_TEST_ALL"] !== "1" && spawnSync("openssl", ["version"]).status !== 0
    ? "SKIPPED: this machine has no openssl to make a certificate with"
    : false;

/** Makes both with the `openssl` command, which has to be there. Valid for a day, since nobody should keep them. */
export async function makeCertificate(hosts: readonly string[] = []): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "fake-aws-"));
  const at = (name: string) => join(folder, name);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await run("openssl", [
    ...["req", "-x509", ...newKey, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "1"],
    ...["-subj", "/CN=fake aws authority", "-addext", "keyUsage=critical,keyCertSign"],
  ]);
  const request = ["req", ...newKey, "-keyout", at("server.key"), "-out", at("server.csr")];
  await run("openssl", [...request, "-subj", "/CN=fake aws"]);
  const names = ["IP:127.0.0.1", "DNS:localhost", ...hosts.map((host) => `DNS:${host}`)].join(",");
  await writeFile(at("names"), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
  await run("openssl", [
    ...["x509", "-req", "-in", at("server.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key")],
    ...["-CAcreateserial", "-extfile", at("names"), "-days", "1", "-out", at("server.pem")],
  ]);
  return {
    key: await readFile(at("server.key")),
    cert: await readFile(at("server.pem")),
    caFile: at("ca.pem"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
