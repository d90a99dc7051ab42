/** The part of solc-js that the tests use. */
declare module "solc" {
  const solc: { compile(input: string): string };
  export default solc;
}
