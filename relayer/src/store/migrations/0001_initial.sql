-- Times are milliseconds since the epoch, given by the relayer's clock; amounts in wei are text or tagged JSON.

create table chains (
  chain text primary key,
  head_number bigint not null,
  head_hash text,
  finalised_number bigint not null,
  planned_number bigint not null,       -- events up to here have been turned into messages
  halted text                           -- set when a reorg went below finality: an operator has to look
);

create table blocks (
  chain text not null,
  number bigint not null,
  hash text not null,
  parent_hash text not null,
  timestamp bigint not null,            -- seconds, as on chain
  primary key (chain, number)
);

create table events (
  chain text not null,
  block_number bigint not null,
  log_index integer not null,
  block_hash text not null,
  tx_hash text not null,
  contract text not null,               -- role of the contract in the deployment
  address text not null,
  name text not null,
  topics jsonb not null,
  data text not null,
  primary key (chain, block_number, log_index)
);
create index events_by_name on events (chain, name, block_number, log_index);

-- One row per durable message. (kind, key) says what has to become true on chain; the row says how far it is.
create table messages (
  id bigint generated always as identity primary key,
  kind text not null,
  key text not null unique,
  state text not null,
  payload jsonb not null,
  progress jsonb not null,
  attempts integer not null,
  next_attempt_at bigint not null,
  wake_on text,
  waiting_for text,
  last_error jsonb,
  version integer not null,
  created_at bigint not null,
  updated_at bigint not null
);
create index messages_due on messages (next_attempt_at) where state not in ('done', 'void', 'dead');
create index messages_wake on messages (wake_on) where wake_on is not null;
create index messages_by_kind on messages (kind, state);

-- One row per nonce of a sender; `variants` are the signed transactions that compete for it.
create table transactions (
  id bigint generated always as identity primary key,
  chain text not null,
  sender text not null,
  nonce bigint not null,
  target text not null,
  data text not null,
  value text not null,
  gas_limit text not null,
  description text not null,
  state text not null,
  variants jsonb not null,
  block_number bigint,
  block_hash text,
  tx_hash text,
  reason text,
  created_at bigint not null,
  updated_at bigint not null
);
create unique index transactions_nonce on transactions (chain, sender, nonce) where state <> 'lost';
create index transactions_live on transactions (chain) where state in ('signed', 'sent', 'mined');

-- What a live transaction will do on chain. The primary key is what keeps an effect from being sent twice.
create table effects (
  effect text primary key,
  transaction_id bigint not null references transactions (id)
);
create index effects_by_transaction on effects (transaction_id);

-- Proofs by the hash of what they prove: made at most once. `request` names public things only, never a witness.
create table proofs (
  key text primary key,
  circuit text not null,
  priority integer not null,
  state text not null,
  request jsonb not null,
  result jsonb,
  attempts integer not null,
  last_error jsonb,
  created_at bigint not null,
  updated_at bigint not null
);
