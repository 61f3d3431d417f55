/** What goes between two tags: text, a number, a flag, a list (one `member` each), or named children in order. */
export type Xml = string | number | boolean | readonly Xml[] | { readonly [name: string]: Xml | undefined };

/** Text with everything escaped that XML gives a meaning to. */
export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#xD;");
}

/** Children as AWS's query protocol writes them. Absent children are left out. */
export function xml(value: Xml, indent = "  "): string {
  if (typeof value !== "object") return escapeXml(String(value));
  const children: [string, Xml | undefined][] = Array.isArray(value)
    ? value.map((item: Xml) => ["member", item])
    : Object.entries(value);
  const lines = children
    .filter((child): child is [string, Xml] => child[1] !== undefined)
    .map(([name, child]) => {
      const inner = xml(child, `${indent}  `);
      const nested = typeof child === "object" && inner !== "";
      return `${indent}<${name}>${nested ? `\n${inner}\n${indent}` : inner}</${name}>`;
    });
  return lines.join("\n");
}
