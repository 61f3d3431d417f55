/** The options of a test that wants what Windows does not have. */
export const unixOnly = (what: string) => ({ skip: process.platform === "win32" && `UNIX ONLY: ${what}` });
