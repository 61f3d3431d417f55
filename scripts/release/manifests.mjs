// What Homebrew, Scoop and winget install from. Pure.

/** Homebrew's formula of the npm package: its Node.js is Homebrew's own. */
export function homebrewFormula(about, { url, sha256 }) {
  return `class AwsAs < Formula
  desc "${about.description}"
  homepage "${about.homepage}"
  url "${url}"
  sha256 "${sha256}"
  license "${about.license}"

  depends_on "node"

  def install
    system "npm", "install", *std_npm_args
    bin.install_symlink libexec.glob("bin/*")
    man1.install_symlink libexec.glob("share/man/man1/*")
    generate_completions_from_executable(bin/"aws-as", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_equal version.to_s, shell_output("#{bin}/aws-as --version").chomp
    assert_match "no identity", shell_output("#{bin}/aws-as list 2>&1")
  end
end
`;
}

/** Scoop's manifest of the archive for Windows: https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests */
export function scoopManifest(about, { url, sha256 }) {
  return `${JSON.stringify(
    {
      version: about.version,
      description: about.description,
      homepage: about.homepage,
      license: about.license,
      architecture: { "64bit": { url, hash: sha256 } },
      bin: ["aws-as.exe", ["aws-as.exe", "aws-as-activate", "activate"]],
      checkver: "github",
      autoupdate: {
        architecture: { "64bit": { url: url.replaceAll(about.version, "$version") } },
      },
    },
    null,
    4,
  )}\n`;
}

/** winget's three files, by name: https://learn.microsoft.com/windows/package-manager/package/manifest */
export function wingetManifests(about, { url, sha256 }) {
  const id = "aws-as.aws-as";
  const file = (type, lines) =>
    [
      `# yaml-language-server: $schema=https://aka.ms/winget-manifest.${type.toLowerCase()}.1.6.0.schema.json`,
      `PackageIdentifier: ${id}`,
      `PackageVersion: ${about.version}`,
      ...lines,
      `ManifestType: ${type}`,
      "ManifestVersion: 1.6.0",
      "",
    ].join("\n");
  return {
    [`${id}.yaml`]: file("version", ["DefaultLocale: en-US"]),
    [`${id}.locale.en-US.yaml`]: file("defaultLocale", [
      "PackageLocale: en-US",
      "Publisher: aws-as",
      "PackageName: aws-as",
      `PackageUrl: ${about.homepage}`,
      `License: ${about.license}`,
      `ShortDescription: ${JSON.stringify(about.description)}`,
    ]),
    [`${id}.installer.yaml`]: file("installer", [
      "InstallerType: zip",
      "NestedInstallerType: portable",
      "NestedInstallerFiles:",
      "- RelativeFilePath: aws-as.exe",
      "  PortableCommandAlias: aws-as",
      "Installers:",
      "- Architecture: x64",
      `  InstallerUrl: ${url}`,
      `  InstallerSha256: ${sha256.toUpperCase()}`,
    ]),
  };
}
