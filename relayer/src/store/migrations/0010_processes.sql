-- Several processes on one store.

-- Who leads: a signing role, an account, the reading of a chain. The epoch grows with every change of the leader; a transaction that writes
-- what only the leader may write checks that the epoch is still its own.
create table leases (
  name text primary key,
  epoch bigint not null,
  holder text not null,
  taken_at timestamptz not null
);

-- How many reorgs of a chain were taken into the store: processes that follow the store see by it that what they know is stale.
alter table chains add column reorgs bigint not null default 0;

-- Up to which final block a role has turned a chain's events into messages. The row '*' is of stores from before roles had their own:
-- roles without a row go on from there.
create table plans (
  chain text not null,
  role text not null,
  planned_number bigint not null,
  primary key (chain, role)
);
insert into plans (chain, role, planned_number) select chain, '*', planned_number from chains;

-- Whose store this is: contracts and chains of the deployment, one row.
create table deployments (
  id integer primary key check (id = 1),
  identity text not null,
  data jsonb not null
);
