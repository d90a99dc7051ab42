/** Mutants that nothing kills, and why that is no hole. Any other survivor fails the test, and so does one of these that is killed. */
export const survivors: Readonly<Record<string, string>> = {};
