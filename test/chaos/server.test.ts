import { testSeeds } from "./seeds.ts";

// All of these lose a store.
testSeeds("server", [162, 173, 174, 182, 185, 190]);
