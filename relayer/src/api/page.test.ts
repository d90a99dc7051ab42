import sparticuz from "@sparticuz/chromium";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "../config/load.ts";
import { createPrometheus } from "../metrics/prometheus.ts";
import { createLogger } from "../runtime/logger.ts";
import { systemClock } from "../runtime/clock.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { findMessage, insertMessages, saveMessage } from "../store/messages.ts";
import { migrate } from "../store/migrate.ts";
import type { ChainStatus } from "./operator.ts";
import type { SeatView } from "../trustee/seat.ts";
import { createOperator } from "./createOperator.ts";
import { startHttpServer, type HttpServer } from "./server.ts";
import { standing } from "./standing.mock.ts";

/** The status page in a browser, from the interface as a relayer serves it, over a real store. */
const apiKey = "operator-key-0123456789";
const hostile = `<img src=x onerror="alert(1)"></script><b>&amp;`;
const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 800 };

let browser: Browser;
let database: Database;
const servers: HttpServer[] = [];
const clock = systemClock();

beforeAll(async () => {
  const executablePath = await sparticuz.executablePath();
  // The package's own flags are for functions without a kernel's sandbox: one process, and no web security. A page's policy is tested here.
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  database = await openDatabase();
  await migrate(database, clock);
}, 300_000);
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await database.exec("delete from messages; delete from proofs");
});
afterAll(async () => {
  await browser.close();
  await database.close();
});

const seat: SeatView = {
  id: `0x${"ab".repeat(32)}`,
  epoch: 2,
  threshold: 2,
  members: [1, 2, 3],
  index: 1,
  peers: [
    { index: 2, last: { type: "partial", reason: null, at: clock.now() } },
    { index: 3, last: { type: "silent", reason: `ECONNREFUSED ${hostile}`, at: clock.now() } },
  ],
};

async function serve(
  options: {
    name?: string;
    keys?: string[];
    head?: () => number;
    seat?: boolean;
    stopping?: () => boolean;
    chain?: Partial<ChainStatus>;
  } = {},
) {
  const { http } = parseConfig({
    deployment: "d.json",
    dataDir: "data",
    chains: ["vault", "margin"].map((name) => ({ name, rpc: ["http://127.0.0.1:1"] })),
    http: { port: 0, requestsPerMinute: 1_000 },
    roles: {},
  });
  const chain = (name: string, side: "vault" | "margin") => ({
    name,
    side,
    chainId: 1,
    head: { number: options.head?.() ?? 100, timestamp: Math.floor(clock.now() / 1_000) },
    finalised: 90,
    nodeHead: options.head?.() ?? 100,
    polledAt: clock.now(),
    ...options.chain,
  });
  const server = await startHttpServer({
    config: http!,
    apiKeys: (options.keys ?? []).map((key) => ({ key, roles: ["read"] })),
    logger: createLogger({ level: "silent" }),
    operator: createOperator({
      name: options.name ?? `alpha ${hostile}`,
      ready: http!.ready,
      database,
      clock,
      prometheus: createPrometheus(),
      chains: () => [
        chain("vault chain", "vault"),
        chain(options.name === undefined ? `margin ${hostile}` : "margin chain", "margin"),
      ],
      balances: () => [],
      stopping: options.stopping ?? (() => false),
      accounts: async () => ({ block: 100, total: 1, accounts: [standing] }),
      ...(options.seat === false
        ? {}
        : { seat: { view: () => seat, partial: async () => ({ reason: "nothing is asked here" }) } }),
    }),
  });
  servers.push(server);
  return server;
}

/** A page with its clock in our hands, and everything that its console and its errors say. */
async function open(server: HttpServer, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ viewport: phone, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.clock.install();
  await page.goto(server.url);
  return { page, complaints };
}

async function add(key: string, changes: object = {}) {
  await insertMessages(database, [{ kind: "batch", key, payload: {} }], clock.now());
  const message = (await findMessage(database, key))!;
  await saveMessage(database, { ...message, ...changes });
}
const failure = (message: string) => ({ code: "x", severity: "permanent" as const, message });
const isWide = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
const section = (page: Page, name: string) => page.getByRole("region", { name });
const shown = (page: Page) => page.getByRole("main").waitFor();

async function addAll() {
  await add(`settle:${"1".repeat(77)}:${"2".repeat(77)}`);
  await add(`key ${hostile}`, { attempts: 3, lastError: failure(`failed ${hostile}`) });
  await add("given up", { state: "dead", lastError: failure(`dead ${hostile}`) });
  await database.query(
    `insert into proofs (key, circuit, priority, state, request, attempts, last_error, created_at, updated_at)
     values ($1, 'settle', 1, 'queued', '{}', 1, $2, $3, $3)`,
    [`proof ${hostile}`, JSON.stringify(failure(`proof failed ${hostile}`)), clock.now()],
  );
}

/** Least contrast of any text with what is behind it (WCAG 2, 1.4.3), and where it is. */
const leastContrast = (page: Page) =>
  page.evaluate(() => {
    const channels = (color: string) => color.match(/[\d.]+/g)!.map(Number);
    const luminance = (color: string) => {
      const [r, g, b] = channels(color).map((value) => {
        const c = value / 255;
        return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const ground = (element: Element | null): string => {
      if (element === null) return "rgb(255, 255, 255)";
      const color = getComputedStyle(element).backgroundColor;
      return (channels(color)[3] ?? 1) > 0 ? color : ground(element.parentElement);
    };
    let least = { contrast: 21, text: "" };
    for (const element of document.querySelectorAll("body *")) {
      const text = [...element.childNodes]
        .filter((node) => node.nodeType === 3)
        .map((node) => node.textContent)
        .join("");
      if (text.trim() === "" || element.getClientRects().length === 0) continue;
      const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < least.contrast) least = { contrast, text };
    }
    return least;
  });

describe("the status page in Chromium", () => {
  test(
    "default: shows chains, messages, proofs and the council; hostile texts stay texts; nothing complains",
    { timeout: 300_000 },
    async () => {
      await addAll();
      const { page, complaints } = await open(await serve());
      await shown(page);
      expect(await page.getByRole("status").textContent()).toBe("Ready");
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(`Hypothec relayer alpha ${hostile}`);
      expect(await section(page, "Chains").getByRole("article").count()).toBe(2);
      const open_ = await section(page, "Messages in flight").textContent();
      expect(open_).toContain(`key ${hostile}`);
      expect(open_).toContain("3 failed attempts");
      expect(await section(page, "Given up").textContent()).toContain(`dead ${hostile}`);
      expect(await section(page, "Proofs").textContent()).toContain(`proof failed ${hostile}`);
      const council = await section(page, "Council").textContent();
      expect(council).toContain("Member 1 of 3; 2 together open a lock");
      expect(council).toContain("gave its part");
      expect(council).toContain(`did not answer: ECONNREFUSED ${hostile}`);
      expect(await page.locator("img, b, iframe").count()).toBe(0);
      for (const viewport of [phone, { width: 320, height: 568 }, desktop]) {
        await page.setViewportSize(viewport);
        expect(await isWide(page), `scrolls sideways at ${viewport.width}`).toBe(false);
      }
      expect(complaints).toEqual([]);
    },
  );

  test("behavior: a chain in trouble says so, and how its RPCs do", { timeout: 300_000 }, async () => {
    const now = clock.now();
    const rpc = { failures: 0, liedAt: null, suspendedUntil: 0, chain: "vault chain" };
    const troubled: Partial<ChainStatus> = {
      halted: `the chain reorganised below block 90 ${hostile}`,
      unagreed: { since: now - 300_000, reason: "RPC 2 says otherwise" },
      rpcs: [
        { ...rpc, endpoint: 1, preferred: true, head: 100, latencyMs: 12.3, errorRate: 0, lies: 0 },
        {
          ...rpc,
          ...{ endpoint: 2, preferred: false, head: 97, latencyMs: 30, errorRate: 0.25, lies: 3 },
          suspendedUntil: now + 60_000,
        },
        { ...rpc, endpoint: 3, preferred: false, head: null, latencyMs: null, errorRate: 0, lies: 0 },
      ],
    };
    const { page, complaints } = await open(await serve({ seat: false, chain: troubled }));
    await shown(page);
    await page.getByText("Not ready").waitFor();
    const chains = await section(page, "Chains").textContent();
    expect(chains).toContain(`Halted: the chain reorganised below block 90 ${hostile}.`);
    expect(chains).toContain("No quorum since 5 min ago: RPC 2 says otherwise");
    expect(chains).toContain("RPC 1 (read from): block 100, 12 ms");
    expect(chains).toContain("RPC 2: block 97, 30 ms, 25 % errors, outvoted 3 times, left alone for now");
    expect(chains).toContain("RPC 3: has not answered yet");
    expect(await page.locator("img, b, iframe").count()).toBe(0);
    expect(await isWide(page)).toBe(false);
    expect(complaints.filter((text) => !text.includes("503"))).toEqual([]);
  });

  test("behavior: what changes shows without a reload; what has gone goes", { timeout: 300_000 }, async () => {
    let head = 100;
    let stops = false;
    await add("first");
    const { page, complaints } = await open(await serve({ head: () => head, seat: false, stopping: () => stops }));
    await shown(page);
    expect(await section(page, "Council").count()).toBe(0);
    await page.evaluate(() => Object.assign(window, { isSame: true }));
    head = 101;
    await add("second");
    await database.query("delete from messages where key = 'first'");
    await page.clock.runFor(10_000);
    await page.getByText("second").waitFor();
    expect(await page.getByText("Block 101, final 90").count()).toBe(2);
    expect(await page.getByText("first").count()).toBe(0);
    expect(complaints).toEqual([]);
    stops = true;
    await page.getByRole("button", { name: "Ask again now" }).click();
    await page.getByText("Not ready").waitFor();
    expect(await page.evaluate(() => "isSame" in window)).toBe(true);
    // 503 is the answer of a relayer that is not ready: the browser notes it, the page does not stumble.
    expect(complaints.filter((text) => !text.includes("503"))).toEqual([]);
  });

  test(
    "behavior: asks for the API key by keyboard, keeps it in the tab, sends it from then on",
    { timeout: 300_000 },
    async () => {
      await add("first");
      const { page, complaints } = await open(await serve({ keys: [apiKey] }));
      const field = page.getByLabel("API key of this relayer");
      await field.waitFor();
      await page.getByText("needs an API key").waitFor();
      expect(await page.getByRole("main").count()).toBe(0);
      await page.keyboard.type(apiKey);
      await page.keyboard.press("Enter");
      await page.getByText("first").waitFor();
      expect(await field.isVisible()).toBe(false);
      await page.reload();
      await page.getByText("first").waitFor();
      expect(page.url()).not.toContain(apiKey);
      expect(complaints.filter((text) => !text.includes("401"))).toEqual([]);
    },
  );

  test("behavior: says so when the relayer does not answer", { timeout: 300_000 }, async () => {
    const server = await serve();
    const { page } = await open(server);
    await shown(page);
    await server.close();
    await page.clock.runFor(10_000);
    await page.getByText("The relayer does not answer.").waitFor();
    expect(await page.getByRole("status").textContent()).toBe("Not ready");
  });

  test("behavior: its policy lets nothing in but its own script, style and relayer", { timeout: 300_000 }, async () => {
    const { page } = await open(await serve());
    await shown(page);
    const policy = (await page.request.get(page.url()))
      .headersArray()
      .find(({ name }) => name.toLowerCase() === "content-security-policy")!.value;
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("default-src 'none'");
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.intruder = true";
      document.body.append(script);
      document.body.setAttribute("onclick", "window.intruder = true");
      document.body.click();
      const elsewhere = await fetch("https://intruder.example/").then(
        () => true,
        () => false,
      );
      return "intruder" in window || elsewhere;
    });
    expect(ran).toBe(false);
  });

  for (const colorScheme of ["light", "dark"] as const)
    test(
      `behavior: readable in ${colorScheme} mode, usable by keyboard and screen reader`,
      { timeout: 300_000 },
      async () => {
        await addAll();
        const { page } = await open(await serve(), { colorScheme });
        await shown(page);
        const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(ground).toBe(colorScheme === "dark" ? "rgb(17, 20, 23)" : "rgb(255, 255, 255)");
        const { contrast, text } = await leastContrast(page);
        expect(contrast, text).toBeGreaterThanOrEqual(4.5);
        await page.keyboard.press("Tab");
        const focused = await page.evaluate(() => {
          const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement!);
          const { height } = document.activeElement!.getBoundingClientRect();
          return { text: document.activeElement!.textContent, outlineStyle, outlineWidth, height };
        });
        expect(focused).toEqual({ text: "Ask again now", outlineStyle: "solid", outlineWidth: "3px", height: 44 });
        const names = await page
          .locator("section")
          .evaluateAll((all) => all.map((each) => each.getAttribute("aria-labelledby")));
        for (const id of names) expect(await page.locator(`#${id}`).count()).toBe(1);
        expect(await page.locator("html").getAttribute("lang")).toBe("en");
      },
    );

  test("behavior: shows accounts near their floors when the relayer tells of them", { timeout: 300_000 }, async () => {
    const context = await browser.newContext({ viewport: phone });
    const page = await context.newPage();
    await page.route("**/openapi.json", async (route) => {
      const described = (await (await route.fetch()).json()) as { paths: object };
      await route.fulfill({ json: { ...described, paths: { ...described.paths, "/v1/accounts": {} } } });
    });
    const account = {
      account: `0x${"ab".repeat(32)}`,
      market: hostile,
      coverage: "15000900000",
      requirement: "14800000000",
      priced: true,
      covered: true,
      fallToFlagBps: 134,
      proofSecondsLeft: 7_200,
      flaggedAt: null,
      locks: 1,
    };
    const accounts = [
      account,
      { ...account, covered: false, flaggedAt: new Date(clock.now() - 30_000).toISOString(), proofSecondsLeft: null },
    ];
    await page.route("**/v1/accounts?*", (route) => route.fulfill({ json: { block: 7, total: 3, accounts } }));
    await page.goto((await serve()).url);
    await shown(page);
    const text = await section(page, "Accounts near their floors").textContent();
    expect(text).toContain(account.account);
    expect(text).toContain("Covered until its collateral falls by 1.3 %");
    expect(text).toContain("Coverage $15,000, required $14,800");
    expect(text).toContain(`Market ${hostile}, 1 lock, first proof expires in 2 h`);
    expect(text).toContain("Not covered: it can be flagged");
    expect(text).toMatch(/Flagged \d+ s ago/);
    expect(text).toContain("The nearest 2 of 3 are shown.");
    expect(await isWide(page)).toBe(false);
  });

  // docs/status-page.png: HYPOTHEC_STATUS_PAGE_PICTURE=docs/status-page.png npm run test:unit -- relayer/src/api/page.test.ts
  const picture = process.env.HYPOTHEC_STATUS_PAGE_PICTURE;
  test.runIf(picture !== undefined)("takes its picture", { timeout: 300_000 }, async () => {
    await add(`batch:16:${"4".repeat(3)}`);
    await add(`dvn:0x${"6c".repeat(32)}`, { attempts: 2, lastError: failure("the RPC at 2 did not answer in 10 s") });
    const { page } = await open(await serve({ name: "alpha" }));
    await shown(page);
    await page.screenshot({ path: picture! });
  });
});
