import { testSeeds } from "./seeds.ts";

testSeeds("embedded", [1, 3, 5]);
