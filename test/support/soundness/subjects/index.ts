import type { Subject } from "../subject.ts";
import { batch, batch16, batch64 } from "./batch.ts";
import { curve } from "./curve.ts";
import { hashes } from "./hashes.ts";
import { margin, marginTemplates } from "./margin.ts";
import { paths } from "./paths.ts";
import { ranges } from "./ranges.ts";
import { settle, settleTemplates } from "./settle.ts";
import { transact, transactTemplates } from "./transact.ts";

/** The circuits of instances.json. */
export const circuits: readonly Subject[] = [batch16, batch64, transact, margin, settle];

/** The templates they are made of, with small parameters. */
export const templates: readonly Subject[] = [
  ...ranges,
  ...hashes,
  ...paths,
  ...curve,
  ...batch,
  ...marginTemplates,
  ...settleTemplates,
  ...transactTemplates,
];
