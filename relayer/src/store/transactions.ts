import type { Hex } from "viem";
import { isLive, type Transaction, type TransactionState } from "../delivery/transitions.ts";
import { decodeJson, encodeJson } from "./json.ts";
import type { Sql } from "./database.ts";

type Row = {
  id: number;
  chain: string;
  sender: Hex;
  nonce: number;
  target: Hex;
  data: Hex;
  value: string;
  gas_limit: string;
  description: string;
  state: TransactionState;
  variants: unknown;
  block_number: number | null;
  block_hash: Hex | null;
  tx_hash: Hex | null;
  reason: string | null;
  created_at: number;
  updated_at: number;
};

const fromRow = (row: Row): Transaction => ({
  id: row.id,
  chain: row.chain,
  sender: row.sender,
  nonce: row.nonce,
  target: row.target,
  data: row.data,
  value: BigInt(row.value),
  gasLimit: BigInt(row.gas_limit),
  description: row.description,
  state: row.state,
  variants: decodeJson(row.variants),
  block:
    row.block_number === null || row.block_hash === null ? null : { number: row.block_number, hash: row.block_hash },
  txHash: row.tx_hash,
  reason: row.reason,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const live = `state in ('signed', 'sent', 'mined')`;

/** The live transaction that already stands for any of these effects. */
export async function transactionOfEffects(sql: Sql, effects: string[]): Promise<Transaction | undefined> {
  const rows = await sql.query<Row>(
    `select t.* from effects e join transactions t on t.id = e.transaction_id where e.effect = any($1) order by t.id limit 1`,
    [effects],
  );
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

export async function effectsOf(sql: Sql, transactionId: number): Promise<string[]> {
  return (
    await sql.query<{ effect: string }>("select effect from effects where transaction_id = $1", [transactionId])
  ).map((row) => row.effect);
}

/** Adds a transaction and claims its effects; fails when one is already claimed. */
export async function insertTransaction(
  sql: Sql,
  transaction: Omit<Transaction, "id">,
  effects: string[],
): Promise<Transaction> {
  const rows = await sql.query<Row>(
    `insert into transactions (chain, sender, nonce, target, data, value, gas_limit, description, state, variants, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) returning *`,
    [
      transaction.chain,
      transaction.sender,
      transaction.nonce,
      transaction.target,
      transaction.data,
      transaction.value.toString(),
      transaction.gasLimit.toString(),
      transaction.description,
      transaction.state,
      encodeJson(transaction.variants),
      transaction.createdAt,
    ],
  );
  const inserted = fromRow(rows[0] as Row);
  for (const effect of effects)
    await sql.query("insert into effects (effect, transaction_id) values ($1, $2)", [effect, inserted.id]);
  return inserted;
}

/**
 * Writes a row; a transaction that is over gives its effects free (final ones too: the chain itself remembers those), and so
 * does one that is mined but reverted: a new attempt need not wait for finality.
 */
export async function saveTransaction(sql: Sql, row: Transaction): Promise<void> {
  await sql.query(
    `update transactions set state = $2, variants = $3, block_number = $4, block_hash = $5, tx_hash = $6, reason = $7, updated_at = $8 where id = $1`,
    [
      row.id,
      row.state,
      encodeJson(row.variants),
      row.block?.number ?? null,
      row.block?.hash ?? null,
      row.txHash,
      row.reason,
      row.updatedAt,
    ],
  );
  if (!isLive(row.state) || (row.state === "mined" && row.reason !== null))
    await sql.query("delete from effects where transaction_id = $1", [row.id]);
}

export async function findTransaction(sql: Sql, id: number): Promise<Transaction | undefined> {
  const rows = await sql.query<Row>("select * from transactions where id = $1", [id]);
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

/** Transactions of these ids, in no order. */
export async function findTransactions(sql: Sql, ids: number[]): Promise<Transaction[]> {
  if (ids.length === 0) return [];
  return (await sql.query<Row>("select * from transactions where id = any($1)", [ids])).map(fromRow);
}

/** The transaction one of whose variants has this hash (lower case). */
export async function findTransactionByHash(sql: Sql, hash: Hex): Promise<Transaction | undefined> {
  const rows = await sql.query<Row>(
    "select * from transactions where jsonb_path_query_array(variants, '$[*].hash') ? $1 limit 1",
    [hash],
  );
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

/** Live transactions of a chain by sender and nonce. */
export async function liveTransactions(sql: Sql, chain: string): Promise<Transaction[]> {
  const rows = await sql.query<Row>(`select * from transactions where chain = $1 and ${live} order by sender, nonce`, [
    chain,
  ]);
  return rows.map(fromRow);
}

/** The highest nonce among a sender's live transactions. */
export async function highestLiveNonce(sql: Sql, chain: string, sender: string): Promise<number | undefined> {
  const rows = await sql.query<{ nonce: number | null }>(
    `select max(nonce) as nonce from transactions where chain = $1 and sender = $2 and ${live}`,
    [chain, sender],
  );
  return rows[0]?.nonce ?? undefined;
}
