import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

const file = new URL("./page.html", import.meta.url);

let page: Promise<{ text: string; contentType: string; headers: Record<string, string> }> | undefined;

/** The status page with a policy that lets only its own script and style run, and only this relayer be asked. */
export function statusPage(): NonNullable<typeof page> {
  page ??= readFile(file, "utf8").then((text) => ({
    text,
    contentType: "text/html; charset=utf-8",
    headers: {
      "content-security-policy": [
        "default-src 'none'",
        `script-src ${hashOf(text, "script")}`,
        `style-src ${hashOf(text, "style")}`,
        "connect-src 'self'",
        "img-src data:", // the icon
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
    },
  }));
  return page;
}

function hashOf(text: string, element: "script" | "style"): string {
  const content = new RegExp(`<${element}>([^]*?)</${element}>`).exec(text)?.[1] ?? "";
  return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
}
