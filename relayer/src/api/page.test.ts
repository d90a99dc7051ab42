import { readFile } from "node:fs/promises";
import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";

const html = await readFile(new URL("./page.html", import.meta.url), "utf8");
const script = /<script>([^]*)<\/script>/.exec(html)![1]!;

/** As much of a document as the page's script needs. It has no way to parse markup: a script that tried would fail. */
class Node {
  tag: string;
  className = "";
  hidden = false;
  value = "";
  children: (Node | string)[] = [];
  listeners = new Map<string, (event: object) => void>();
  constructor(tag: string) {
    this.tag = tag;
  }
  append(...children: (Node | string)[]) {
    this.children.push(...children);
  }
  replaceChildren(...children: (Node | string)[]) {
    this.children = children;
  }
  addEventListener(name: string, listener: (event: object) => void) {
    this.listeners.set(name, listener);
  }
  set textContent(text: string) {
    this.children = [text];
  }
  get text(): string {
    return this.children.map((child) => (typeof child === "string" ? child : child.text)).join(" ");
  }
  get tags(): string[] {
    return this.children.flatMap((child) => (typeof child === "string" ? [] : [child.tag, ...child.tags]));
  }
}

const hostile = `<img src=x onerror="alert(1)"></script>&amp;`;
const time = "2026-01-01T00:00:00.000Z";
const page = {
  nextCursor: null,
  messages: [
    {
      id: 1,
      key: `key ${hostile}`,
      state: "sending",
      reason: `reason ${hostile}`,
      attempts: 1,
      nextAttemptAt: time,
      transaction: { hash: `hash ${hostile}` },
      createdAt: time,
    },
  ],
};
const answers: Record<string, unknown> = {
  "/ready": { ready: false, reasons: [`not ready ${hostile}`] },
  "/v1/chains": {
    relayer: hostile,
    chains: [
      {
        name: hostile,
        side: "vault",
        chainId: 1,
        head: 5,
        finalised: 4,
        lagBlocks: 0,
        headTime: null,
        lastReadAt: null,
      },
    ],
  },
  "/v1/messages": page,
  "/v1/proofs": {
    proofs: [
      {
        key: `proof ${hostile}`,
        circuit: "batch16",
        state: "queued",
        attempts: 1,
        lastError: { message: `failed ${hostile}` },
        updatedAt: time,
      },
    ],
  },
};

/** Runs the script until it has shown what it fetched. */
async function open(fetch: (path: string, init: { headers: Record<string, string> }) => unknown) {
  const elements = new Map<string, Node>();
  const storage = new Map<string, string>();
  let isShown: () => void = () => {};
  const at = (id: string) => {
    if (!elements.has(id)) {
      expect(html).toContain(`id="${id}"`);
      elements.set(id, new Node("div"));
    }
    return elements.get(id)!;
  };
  const shown = () => new Promise<void>((resolve) => (isShown = resolve));
  const updated = at("updated");
  Object.defineProperty(updated, "textContent", {
    set(text: string) {
      updated.children = [text];
      isShown();
    },
  });
  at("login").hidden = true;
  const first = shown();
  runInContext(
    script,
    createContext({
      document: {
        hidden: false,
        getElementById: at,
        createElement: (tag: string) => new Node(tag),
        createTextNode: (text: string) => text,
      },
      sessionStorage: {
        getItem: (name: string) => storage.get(name) ?? null,
        setItem: (k: string, v: string) => storage.set(k, v),
      },
      setInterval: () => 0,
      fetch: async (path: string, init: { headers: Record<string, string> }) => fetch(path, init),
    }),
  );
  await first;
  return { at, shown };
}

const respond = (status: number, body: unknown) => ({ ok: status < 400, status, json: async () => body });

test("behavior: hostile texts are shown as they are, and make no elements", async () => {
  const { at } = await open((path) => respond(200, answers[path.split("?")[0]!]));
  expect(at("reasons").text).toBe(`not ready ${hostile}`);
  expect(at("name").text).toBe(`Hypothec relayer ${hostile}`);
  expect(at("open").text).toContain(`key ${hostile}`);
  expect(at("open").text).toContain(`reason ${hostile}`);
  expect(at("open").text).toContain(`hash ${hostile}`);
  expect(at("proofs").text).toContain(`failed ${hostile}`);
  expect(at("chains").text).toContain(hostile);
  for (const id of ["reasons", "open", "dead", "proofs", "chains"])
    for (const tag of at(id).tags) expect(["article", "h3", "p", "code"]).toContain(tag);
  expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function\(/);
});

test("behavior: asks for the API key when the relayer wants one, and sends it from then on", async () => {
  const sent: (string | undefined)[] = [];
  const { at, shown } = await open((path, { headers }) => {
    if (path === "/ready") return respond(200, { ready: true, reasons: [] });
    sent.push(headers.authorization);
    if (headers.authorization !== "Bearer secret-key")
      return respond(401, { code: "unauthorized", message: "It needs a key.", hint: "Send it." });
    return respond(200, answers[path.split("?")[0]!]);
  });
  expect(at("login").hidden).toBe(false);
  expect(at("updated").text).toBe("It needs a key. Send it.");
  expect(sent).toEqual([undefined, undefined, undefined, undefined]);
  at("key").value = " secret-key ";
  const again = shown();
  at("login").listeners.get("submit")!({ preventDefault: () => {} });
  await again;
  expect(at("login").hidden).toBe(true);
  expect(at("open").text).toContain("reason");
});

test("behavior: says so when the relayer does not answer", async () => {
  const { at } = await open(() => {
    throw new Error("refused");
  });
  expect(at("updated").text).toBe("The relayer does not answer.");
  expect(at("ready").text).toBe("Not ready");
});
