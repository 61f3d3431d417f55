import { startFakeAws } from "./build/test/support/aws/fake-aws.js";
import { awsFilesOfOne, one, worldOfOne } from "./build/test/support/aws/world-of-one.js";
import { makeHome, program } from "./build/test/support/home.js";
import { startKeyring } from "./build/test/support/keyring.js";
import { runLoaded } from "./build/test/support/loaded.js";
const keyring = await startKeyring(), fake = await startFakeAws({ world: worldOfOne() });
const home = makeHome({ url: fake.url, env: { ...keyring.environment, AWS_AS_STORE: undefined, AWS_AS_PASSPHRASE: undefined } });
home.env.HOME = home.path;
try {
  const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  if (login.status !== 0) throw new Error(login.stderr);
  for (const args of process.argv.slice(2).map((a) => a.split(" "))) {
    const r = await runLoaded(home, args);
    console.log(args.join(" "), r.status, r.stderr.slice(0, 200), r.chunks.length, r.loaded.length, r.ran.length);
    if (process.env.V) { console.log(r.chunks.join("\n")); console.log("RAN", r.ran.join("\n")); console.log("NOTRAN", r.loaded.filter(x=>!r.ran.includes(x)).join(" ")); }
  }
} finally { home.remove(); await keyring.stop(); await fake.close(); }
