import assert from "node:assert/strict";
import test from "node:test";
import { type BrowserWish, browserFor, type Desk } from "../../../src/commands/console/browser.ts";
import { UserError } from "../../../src/system/user-error.ts";

const address = "http://127.0.0.1:1234/secret-path";
const printing = "aws-as console r --print";

/** The command line that shows the address, or why there is none. */
async function shown(
  wish: Omit<BrowserWish, "printing">,
  {
    has = [],
    files = {},
    ...desk
  }: Partial<Omit<Desk, "has" | "read">> & { has?: string[]; files?: Record<string, string> },
): Promise<string> {
  try {
    const call = await browserFor(
      { ...wish, printing },
      {
        env: { DISPLAY: ":0" },
        platform: "linux",
        home: "/home/me",
        ...desk,
        has: (program) => has.includes(program),
        // On Windows the paths that the code joins have other separators.
        read: async (path) => files[path.replaceAll("\\", "/")],
      },
    );
    const { program, words } = call(address);
    return [program, ...words].join(" ");
  } catch (error) {
    assert.ok(error instanceof UserError && error.hints[0]?.endsWith(printing));
    return error.message;
  }
}

test("links are opened by what opens links: BROWSER, the desktop's opener, the system's", async () => {
  assert.equal(await shown({}, { has: ["xdg-open"] }), `xdg-open ${address}`);
  const env = { DISPLAY: ":0", BROWSER: "gone:my-browser --new:other" };
  assert.equal(await shown({}, { env, has: ["xdg-open", "my-browser"] }), `my-browser --new ${address}`);
  assert.equal(await shown({}, { env: { BROWSER: "b --app=%s -x" }, has: ["b"] }), `b --app=${address} -x`);
  assert.equal(await shown({}, { platform: "darwin", env: {} }), `/usr/bin/open ${address}`);
  assert.equal(
    await shown({}, { platform: "win32", env: {} }),
    `rundll32.exe url.dll,FileProtocolHandler ${address}`,
  );
  const atWindows = address.replace("127.0.0.1", "localhost");
  const wsl = { WSL_DISTRO_NAME: "Debian" };
  assert.equal(await shown({}, { env: wsl, has: ["wslview", "rundll32.exe"] }), `wslview ${atWindows}`);
  assert.equal(
    await shown({}, { env: wsl, has: ["rundll32.exe"] }),
    `rundll32.exe url.dll,FileProtocolHandler ${atWindows}`,
  );
});

test("where nothing can be shown, it says why", async () => {
  assert.match(await shown({}, { env: {}, has: ["xdg-open"] }), /^there is no display/);
  assert.match(await shown({}, {}), /^nothing opens links here/);
  assert.match(await shown({ container: "a" }, {}), /^there is no Firefox/);
  assert.match(await shown({ profile: "a" }, { has: ["firefox"] }), /^there is no Chrome/);
});

test("a container is opened by Firefox itself, in the form that its extension takes", async () => {
  const url = encodeURIComponent(address);
  assert.equal(
    await shown({ container: "prod & co" }, { has: ["firefox-esr", "xdg-open"] }),
    `firefox-esr --new-tab ext+granted-containers:name=prod%20%26%20co&color=red&icon=fingerprint&url=${url}`,
  );
  assert.match(
    await shown({ container: "a", extension: "open-url-in-container" }, { has: ["firefox"] }),
    /^firefox --new-tab ext\+container:name=a&/,
  );
});

test("a profile of Chrome is found by its name, and one that is not there gets a directory of that name", async () => {
  const files = {
    "/home/me/.config/chromium/Local State": JSON.stringify({
      profile: { info_cache: { "Profile 3": { name: "Prod" }, Default: { name: "Me" } } },
    }),
  };
  const rest = `--no-first-run --no-default-browser-check ${address}`;
  assert.equal(
    await shown({ profile: "Prod" }, { has: ["chromium"], files }),
    `chromium --profile-directory=Profile 3 ${rest}`,
  );
  assert.equal(
    await shown({ profile: "../x" }, { has: ["chromium"], files }),
    `chromium --profile-directory=..-x ${rest}`,
  );
  // BROWSER chooses among those that have profiles.
  const env = { DISPLAY: ":0", BROWSER: "vivaldi" };
  assert.match(
    await shown({ profile: "x" }, { env, has: ["google-chrome", "vivaldi"] }),
    /^vivaldi --profile/,
  );
});
