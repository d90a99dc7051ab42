import { openDatabase } from "../../../relayer/src/store/database.ts";

/** Rows of a table of the store, and what one takes: by itself, bytes, and with indexes and free space. */
export type TableSize = { table: string; rows: number; rowBytes: number; relationBytes: number };

const TABLES = ["messages", "message_history", "transactions", "effects", "proofs", "events", "blocks"];

/** The tables of a store that no relayer uses at the moment. */
export async function storeTables(dataDir: string): Promise<TableSize[]> {
  const database = await openDatabase(dataDir);
  try {
    const sizes: TableSize[] = [];
    for (const table of TABLES) {
      const [size] = await database.query<Omit<TableSize, "table">>(
        `select count(*) as rows, coalesce(avg(pg_column_size(each.*)), 0)::float8 as "rowBytes",
           pg_total_relation_size('${table}') as "relationBytes" from ${table} each`,
      );
      sizes.push({ table, ...size! });
    }
    return sizes;
  } finally {
    await database.close();
  }
}
