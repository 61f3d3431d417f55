/** Draws what a terminal showed, as text in the reader's own font, so that it can be selected and read aloud. */
export function terminalPicture(output: string, columns: number, title: string): string {
  const lines = output.replaceAll("\r", "").trim().split("\n");
  const [width, height] = [columns * 8 + 32, lines.length * 19 + 60];
  const rows = lines.map((line, index) => {
    const [, prompt = "", rest = ""] = /^((?:\([^)]*\) )?\$ ?)?(.*)$/.exec(line) ?? [];
    const shown = prompt === "" ? escaped(rest) : `<tspan>${escaped(prompt)}</tspan>${escaped(rest)}`;
    return shown === "" ? "" : `<text x="16" y="${index * 19 + 56}">${shown}</text>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" xml:space="preserve">
<title>${escaped(title)}</title>
<style>text{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d5dae2}tspan{fill:#7ee787}</style>
<rect width="${width}" height="${height}" rx="8" fill="#161b22"/>
<circle cx="20" cy="20" r="6" fill="#ff5f56"/><circle cx="40" cy="20" r="6" fill="#ffbd2e"/><circle cx="60" cy="20" r="6" fill="#27c93f"/>
${rows.join("")}</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
