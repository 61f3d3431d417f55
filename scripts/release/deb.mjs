// A Debian package of the stand-alone program. Nothing of it runs on installing and removing.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { gzipped, lay } from "./files.mjs";

/** Debian's names of the targets that a package is made of. */
export const architectures = { "linux-x64": "amd64", "linux-arm64": "arm64" };

/** Makes the package of a target in the folder `out`, from the files of standalone-files.mjs, and gives its name. */
export function makeDeb({ target, files, about, seconds, compression, work, out }) {
  const architecture = architectures[target];
  // Debian sorts `1.0~rc1` before `1.0`.
  const version = about.version.replace("-", "~");
  const program = files["aws-as"].from;
  const folder = `${work}/deb-${target}`;
  lay(folder, {
    "usr/bin/aws-as": files["aws-as"],
    "usr/bin/aws-as-activate": { link: "aws-as" },
    "usr/share/man/man1/aws-as.1.gz": zipped("dist/aws-as.1"),
    "usr/share/man/man1/aws-as-activate.1.gz": { link: "aws-as.1.gz" },
    "usr/share/bash-completion/completions/aws-as": files["completions/aws-as.bash"],
    "usr/share/zsh/vendor-completions/_aws-as": files["completions/_aws-as"],
    "usr/share/fish/vendor_completions.d/aws-as.fish": files["completions/aws-as.fish"],
    "usr/share/doc/aws-as/copyright": { text: copyright(about, files["LICENSES.txt"].text) },
    "usr/share/doc/aws-as/LICENSES.txt.gz": { text: gzipped(files["LICENSES.txt"].text) },
    "usr/share/doc/aws-as/CHANGELOG.md.gz": zipped("CHANGELOG.md"),
    "usr/share/doc/aws-as/changelog.gz": { text: gzipped(changelog(about, version, seconds)) },
    "usr/share/doc/aws-as/README.md.gz": zipped("README.md"),
    "usr/share/lintian/overrides/aws-as": { text: overrides },
    "DEBIAN/control": {
      text: `Package: aws-as
Version: ${version}
Architecture: ${architecture}
Maintainer: ${about.author}
Installed-Size: ${Math.ceil(statSync(program).size / 1024) + 250}
Depends: libc6 (>= ${libcOf(program)})
Suggests: gnome-keyring | kwalletmanager | keepassxc | pass, awscli
Section: utils
Priority: optional
Homepage: ${about.homepage}
Description: ${about.description}
 Serves aws-cli and every SDK with short-lived credentials by
 credential_process, and switches shells by name. Sessions and long-term keys
 are stored in the keychain, in files that the ssh-agent opens, or in pass.
`,
    },
  });
  const sums = "find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum";
  const options = { cwd: folder, encoding: "utf8" };
  writeFileSync(`${folder}/DEBIAN/md5sums`, execFileSync("sh", ["-c", sums], options), { mode: 0o644 });
  const name = `aws-as_${version}_${architecture}.deb`;
  // One thread: with more, xz cuts the data into other blocks.
  const words = [
    "--root-owner-group",
    "--threads-max=1",
    ...compression,
    "--build",
    folder,
    `${out}/${name}`,
  ];
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(seconds) };
  execFileSync("dpkg-deb", words, { env, stdio: ["ignore", "ignore", "inherit"] });
  return name;
}

function zipped(path) {
  return { text: gzipped(readFileSync(path)) };
}

/** The newest version of glibc of which the program names a function. */
function libcOf(program) {
  const found = readFileSync(program)
    .toString("latin1")
    .matchAll(/GLIBC_2\.(\d+)/g);
  return `2.${Math.max(17, ...[...found].map(([, minor]) => Number(minor)))}`;
}

/** The form that Debian's tools read; what changed is in the file beside it. */
function changelog({ author }, version, seconds) {
  const date = new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
  return `aws-as (${version}) stable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- ${author}  ${date}\n`;
}

/** https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/ */
function copyright({ homepage }, licences) {
  const indented = licences
    // Debian has the Apache licence once for all packages.
    .replaceAll(
      /^(\S+ \S+ \(Apache-2\.0\)\n)[\s\S]*?(?=\n-{80}$)/gm,
      "$1\nApache licence 2.0, see /usr/share/common-licenses/Apache-2.0\n",
    )
    .trimEnd()
    .split("\n")
    .map((line) => ` ${line.trimEnd() || "."}`)
    .join("\n");
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: aws-as
Source: ${homepage}

Files: *
Copyright: the aws-as maintainers, and those whom the texts below name
License: MIT-and-others
${indented}
Comment:
 LGPL-2 and LGPL-2.1 are in /usr/share/common-licenses, all other texts in LICENSES.txt.gz beside this file.
`;
}

const overrides = `# bun is built so, with its libraries in it; and it appends the script to its runtime, which strip would cut off.
aws-as: unstripped-binary-or-object *
aws-as: hardening-no-pie *
aws-as: hardening-no-relro *
aws-as: embedded-library *
# One of several that are tried where they are.
aws-as: missing-depends-on-sensible-utils *
`;
