/**
 * The files of a file store that an earlier version wrote, with a ledger and a revision in each item. The passphrase is
 * "correct horse", and scrypt is cheap.
 */
export const filesWithLedger: Readonly<Record<string, string>> = {
  ".ledger-lock": "",
  "8869cc4cf59ca78013f95361386b5cce06566cd553fcefa3b69b93ef58c50785.json": `${JSON.stringify({ version: 1, name: "long-term key AKIAIOSFODNN7EXAMPLE", label: "long-term key of user my-user1 (…MPLE)", createdAt: 1700000000000, addedAt: 1700000001000, revision: 1796030631179, key: "fedf3643aaa2a517", nonce: "7PMDeoJH65ahgLWX", sealed: "+Bha1EqBYpUaPObBBsUawdClw0ALtn0ZSA==" })}\n`,
  "c00a886d51a88ed10eae910b711b7cd57f177346aebaa502d66b3b643d1bbfd0.json": `${JSON.stringify({ version: 1, name: "session of key 0001 aa", label: "session of user my-user1 (key …0001)", expiresAt: 4000000000000, revision: 1796030631077, key: "fedf3643aaa2a517", nonce: "tCA4nso7upRQoY/D", sealed: "G90UQBrZJMVLC3g0ocwEsuI/k920ZDcB9j6SY14=" })}\n`,
  "ledger.json": `${JSON.stringify({ version: 1, key: "fedf3643aaa2a517", nonce: "4swaSD7nHuKCHYuB", sealed: "4rcY00HJHG8krm7pZGui7GrE2BCNqAI27e8BfihydbZRNOcGoSKmMaywL9jgXWxnXnnvI7xWaKYXDbXxwRdm1Kuypg7d7wETkSNDCcUTIQD9cOCkX4KqQlSHaq9QPBMZfxkvBtGCy5bOxivHeTvQTwvdleuUzcuRUNS+FSBzrQeYXGa4Vst046BV9aSrXroW+KSvMyeeWUacEhGWPuFIUTIXjOjmc+E2OQWLtWQrX967poEEcnpBUHFVEJGpy8bYLEUATFfwSW+kz9Lp5hwQ3OB5YqC9K0gRMcz9rrYZNq8T6plSe9G2AuR6nHETiqChXHg0p2Lq49LuaNotXJb2LPHCQCs6YGnUDYt7iVK063chCtQnJbRqKe9uB+VYUXt7SQ4W7sbc9YS/TYjGmjOfdIUGgYOIgi5bJtQ6gqoO9KPzfdhnZHo3TwQfy85dL6rwNyQJbmDMjwTh9F6yUos9jGqzzRHXtw53KL5k0mCqTS0QJMlIqKw9V8QuCs+HpwhmyN3TBZYQgA==" })}\n`,
  "master-key.json": `${JSON.stringify({ version: 1, id: "fedf3643aaa2a517", slots: [{ kind: "passphrase", id: "6edf5ecf", N: 2, r: 8, p: 1, salt: "lGthy+1CQBh+sFrUsQ/zxg==", nonce: "4siU6Ritc7In04KV", sealed: "AWOvH7uNnL00xfdYCKTObAUBlRhWsOkctkM9sam9QDo3yNWIbJpwdXUM9UKk+8mg", sum: "efac0bff9e22f639" }] })}\n`,
};

/** What its items hold, by their names. */
export const itemsWithLedger: Readonly<Record<string, string>> = {
  "session of key 0001 aa": '{"session":1}',
  "long-term key AKIAIOSFODNN7EXAMPLE": '{"key":1}',
};
