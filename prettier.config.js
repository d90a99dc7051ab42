/** @type {import("prettier").Config} */
export default {
  printWidth: 120,
  plugins: ["prettier-plugin-solidity"],
  overrides: [{ files: "*.sol", options: { tabWidth: 4, bracketSpacing: false } }],
};
