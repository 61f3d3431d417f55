// What the package and the stand-alone program hold of others, as CycloneDX: npm's own list, without what only the build needs.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The text of the list; `bun` is the version of it that the stand-alone program holds. */
export function sbom({ seconds, bun }) {
  const words = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"];
  const { serialNumber: _, ...all } = JSON.parse(
    execFileSync("npm", words, { encoding: "utf8", maxBuffer: 2 ** 28 }),
  );
  const bundled = new Set(JSON.parse(readFileSync("build/bundled.json", "utf8")));
  const forBuildOnly = ({ properties = [] }) =>
    properties.some(({ name, value }) => name === "cdx:npm:package:development" && value === "true");
  const components = all.components
    .filter((each) => !forBuildOnly(each) || bundled.has(`${each.name}@${each.version}`))
    // They are in the program, whatever package.json calls them.
    .map(({ properties: _, ...each }) => ({ ...each, scope: "required" }));
  const missing = [...bundled].filter(
    (id) => !components.some(({ name, version }) => `${name}@${version}` === id),
  );
  if (missing.length > 0) throw new Error(`npm does not list ${missing.join(", ")}, which is in the program`);
  const known = new Set([...components, all.metadata.component].map((each) => each["bom-ref"]));
  const dependencies = all.dependencies
    .filter(({ ref }) => known.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => known.has(each)) }));
  const runtime = {
    "bom-ref": `bun@${bun}`,
    type: "application",
    name: "bun",
    version: bun,
    purl: `pkg:npm/bun@${bun}`,
    licenses: [{ expression: "MIT AND LGPL-2.0-only AND LGPL-2.1-only" }],
    description: "in the stand-alone program only",
  };
  const metadata = { ...all.metadata, timestamp: new Date(seconds * 1000).toISOString() };
  return `${JSON.stringify({ ...all, metadata, components: [...components, runtime], dependencies }, null, 2)}\n`;
}
