import { control } from "../test/support/aws/control.ts";

/** Plays the authenticator app: prints a code that AWS will take. Arguments: the fake's URL, its token, the device. */
const [url = "", token = "", serial = ""] = process.argv.slice(2);
const { code } = await control(url, token, { do: "code", serial });
process.stdout.write(`${code}\n`);
