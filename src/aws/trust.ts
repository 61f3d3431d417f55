import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { AwsError } from "./aws-error.ts";

/**
 * The certificate authorities in a PEM file, as text for Node's `ca` option. They stand in for Node's own, so
 * NODE_EXTRA_CA_CERTS counts only where no such file is named.
 *
 * Fails with an AwsError of kind `tls` that names the file.
 */
export function certificatesIn(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new AwsError("tls", `cannot read the CA bundle "${path}" (${code})`, {
      hints: ["AWS_CA_BUNDLE or ca_bundle must name a PEM file"],
      cause: error,
    });
  }
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate)) {
    throw new AwsError(
      "tls",
      certificates.length === 0
        ? `no certificate in the CA bundle "${path}"`
        : `a certificate in the CA bundle "${path}" is damaged`,
      { hints: ["AWS_CA_BUNDLE or ca_bundle must name a PEM file"] },
    );
  }
  return certificates.join("\n");
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
