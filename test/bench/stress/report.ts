import { newTable, thousands } from "../../../scripts/demo/report.ts";
import type { StressResult } from "./scenario.ts";

const usd = (value: number): string => (value < 0 ? `-${usd(-value)}` : `$${thousands(Math.round(value))}`);

export function stressTable(results: readonly StressResult[]): string {
  const head = [
    "",
    "model",
    "debt / collateral",
    "flagged",
    "cured",
    "bought",
    "taken over",
    "liquidated",
    "bonus",
    "booked loss",
    "fund paid",
    "bad debt",
  ];
  const table = newTable(head, ["left", "left", ...head.slice(2).map(() => "right" as const)]);
  for (const r of results) {
    table.push([
      r.scenario,
      r.model,
      `${r.efficiency.toFixed(1)} %`,
      ...[r.flagged, r.cured, r.bought, r.takenOver].map(String),
      usd(r.liquidated),
      `${usd(r.bonus)} (${r.bonusBps.toFixed(0)} bps)`,
      ...[r.booked, r.insurance, r.badDebt].map(usd),
    ]);
  }
  return table.toString();
}

const [WIDTH, HEIGHT, LEFT, TOP, PLOT_W, PLOT_H] = [920, 560, 80, 60, 700, 200];
const COLOURS = ["#888888", "#d1495b", "#edae49", "#00798c"];

/** The price of ETH above, what had been liquidated below, by model. */
export function stressPlot(scenario: string, results: readonly StressResult[]): string {
  const hours = Math.max(1, ...results.flatMap(({ path }) => path.map(([hour]) => hour)));
  const most = Math.max(1, ...results.map(({ liquidated }) => liquidated));
  const prices = results[0]?.path.map(([, eth]) => eth) ?? [0];
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const x = (hour: number) => LEFT + (PLOT_W * hour) / hours;
  const line = (points: [number, number][], colour: string, dashes = "") =>
    `<polyline fill="none" stroke="${colour}" stroke-width="2"${dashes} points="${points.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" ")}"/>`;
  const text = (a: number, b: number, what: string, anchor = "start") =>
    `<text x="${a}" y="${b}" text-anchor="${anchor}" font-family="sans-serif" font-size="13">${what}</text>`;
  const second = TOP + PLOT_H + 60;
  const priceLine = (results[0]?.path ?? []).map(([hour, eth]): [number, number] => [
    x(hour),
    TOP + PLOT_H * (1 - (eth - low) / Math.max(1e-9, high - low)),
  ]);
  const frame = (top: number) =>
    `<rect x="${LEFT}" y="${top}" width="${PLOT_W}" height="${PLOT_H}" fill="none" stroke="#cccccc"/>`;
  const parts = results.flatMap(({ model, path }, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const points = path.map(([hour, , , done]): [number, number] => [x(hour), second + PLOT_H * (1 - done / most)]);
    const y = second + 20 + 20 * i;
    return [
      line(points, colour),
      `<rect x="${LEFT + PLOT_W + 12}" y="${y - 10}" width="12" height="12" fill="${colour}"/>`,
      text(LEFT + PLOT_W + 30, y, model),
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"><rect width="100%" height="100%" fill="white"/>`,
    text(LEFT, 28, `${scenario}, the same borrowers in every model`),
    text(LEFT, TOP - 10, "ETH, USD"),
    frame(TOP),
    text(LEFT - 8, TOP + 12, high.toFixed(0), "end"),
    text(LEFT - 8, TOP + PLOT_H, low.toFixed(0), "end"),
    line(priceLine, "#333333"),
    text(LEFT, second - 10, "debt liquidated so far, USD"),
    frame(second),
    text(LEFT - 8, second + 12, thousands(Math.round(most)), "end"),
    text(LEFT - 8, second + PLOT_H, "0", "end"),
    text(LEFT + PLOT_W, second + PLOT_H + 18, `${hours} h`, "end"),
    ...parts,
    "</svg>",
  ].join("\n")}\n`;
}
