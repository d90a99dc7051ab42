import type { Sql } from "./database.ts";

/**
 * The final block up to which a role's messages are planned; a role that was never on begins with the chain, or where a store from before roles
 * had their own cursors was.
 */
export async function readPlanned(sql: Sql, chain: string, role: string, startBlock: number): Promise<number> {
  const rows = await sql.query<{ role: string; planned_number: number }>(
    "select role, planned_number from plans where chain = $1 and role in ($2, '*')",
    [chain, role],
  );
  const own = rows.find((row) => row.role === role) ?? rows[0];
  return own?.planned_number ?? startBlock - 1;
}

export async function writePlanned(sql: Sql, chain: string, role: string, to: number): Promise<void> {
  await sql.query(
    `insert into plans (chain, role, planned_number) values ($1, $2, $3)
     on conflict (chain, role) do update set planned_number = greatest(plans.planned_number, excluded.planned_number)`,
    [chain, role, to],
  );
}

/** Whether a chain's history is still this one; holds it until the transaction ends. */
export async function holdsHistory(sql: Sql, chain: string, history: number): Promise<boolean> {
  const rows = await sql.query("select 1 from chains where chain = $1 and history = $2 for share", [chain, history]);
  return rows.length > 0;
}
