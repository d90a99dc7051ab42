/** One panel of a plot: lines over the same x. */
export type Panel = {
  title: string;
  lines: { label: string; colour: string; points: readonly (readonly [number, number])[]; dashed?: boolean }[];
  /** @default the lines' own largest y */
  top?: number;
  format: (y: number) => string;
};

const [WIDTH, LEFT, TOP, PLOT_W, PLOT_H, GAP] = [920, 90, 60, 640, 150, 56];

const text = (x: number, y: number, what: string, anchor = "start") =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" font-family="sans-serif" font-size="13">${what}</text>`;

/** Panels below one another over one x axis that starts at 0. */
export function plot(title: string, panels: readonly Panel[], axis: { label: (x: number) => string }): string {
  const points = panels.flatMap(({ lines }) => lines.flatMap((line) => line.points));
  const right = Math.max(1e-9, ...points.map(([x]) => x));
  const height = TOP + panels.length * (PLOT_H + GAP);
  const drawn = panels.flatMap((panel, index) => drawPanel(panel, TOP + index * (PLOT_H + GAP), right, axis));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"><rect width="100%" height="100%" fill="white"/>`,
    text(LEFT, 24, title),
    ...drawn,
    "</svg>",
  ].join("\n")}\n`;
}

function drawPanel(panel: Panel, top: number, right: number, axis: { label: (x: number) => string }): string[] {
  const most = panel.top ?? Math.max(1e-9, ...panel.lines.flatMap(({ points }) => points.map(([, y]) => y))) * 1.05;
  const at = ([x, y]: readonly [number, number]) =>
    `${(LEFT + (PLOT_W * x) / right).toFixed(1)},${(top + PLOT_H * (1 - y / most)).toFixed(1)}`;
  const lines = panel.lines.flatMap(({ label, colour, points, dashed }, i) => {
    const y = top + 16 + 20 * i;
    const dashes = dashed === true ? ' stroke-dasharray="6 4"' : "";
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="1.5"${dashes} points="${points.map(at).join(" ")}"/>`,
      `<rect x="${LEFT + PLOT_W + 12}" y="${y - 10}" width="12" height="12" fill="${colour}"/>`,
      text(LEFT + PLOT_W + 30, y, label),
    ];
  });
  return [
    text(LEFT, top - 8, panel.title),
    `<rect x="${LEFT}" y="${top}" width="${PLOT_W}" height="${PLOT_H}" fill="none" stroke="#cccccc"/>`,
    text(LEFT - 8, top + 12, panel.format(most), "end"),
    text(LEFT - 8, top + PLOT_H, panel.format(0), "end"),
    text(LEFT, top + PLOT_H + 16, axis.label(0)),
    text(LEFT + PLOT_W, top + PLOT_H + 16, axis.label(right), "end"),
    ...lines,
  ];
}
