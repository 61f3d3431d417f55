import { createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign } from "node:crypto";

/**
 * Proves possession of the key that a token was bound to: a JWT for one request (RFC 9449), signed with ES256.
 *
 * @param pem the private key as `aws login` keeps it, in PEM
 * @param now milliseconds since 1970
 * @throws what node:crypto throws, when the key is none on the curve P-256
 */
export function dpopProof(pem: string, request: { method: string; url: string }, now: number): string {
  const key = createPrivateKey(pem);
  const header = { alg: "ES256", typ: "dpop+jwt", jwk: publicPart(key) };
  const payload = {
    jti: randomUUID(),
    htm: request.method,
    htu: request.url,
    iat: Math.floor(now / 1000),
  };
  const text = [header, payload].map((part) => base64url(JSON.stringify(part))).join(".");
  // JWS wants r and s side by side, not the DER that is the default.
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return `${text}.${base64url(signature)}`;
}

function publicPart(key: KeyObject) {
  const { kty, crv, x, y } = createPublicKey(key).export({ format: "jwk" });
  if (kty !== "EC" || crv !== "P-256") throw new Error("the key is not on the curve P-256");
  return { kty, crv, x, y };
}

const base64url = (data: string | Buffer): string => Buffer.from(data).toString("base64url");
