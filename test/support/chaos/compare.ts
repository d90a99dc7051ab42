/** Where two plain values differ: one line a place, `path: expected … got …`. Pure. */
export function differences(expected: unknown, got: unknown, path = ""): string[] {
  if (Object.is(expected, got)) return [];
  if (!isTree(expected) || !isTree(got)) return [`${path}: expected ${brief(expected)}, got ${brief(got)}`];
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
  return keys.flatMap((key) =>
    differences(
      (expected as Record<string, unknown>)[key],
      (got as Record<string, unknown>)[key],
      path === "" ? key : `${path}.${key}`,
    ),
  );
}

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;

function brief(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 97)}…` : text;
}
