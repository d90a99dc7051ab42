import { testSeeds } from "./seeds.ts";

// All of these lose a store.
testSeeds("server", []);
