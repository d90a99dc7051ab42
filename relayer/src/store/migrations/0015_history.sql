-- A chain that reorganised below finality waits for an operator; what its vanished events had asked for must be told apart.

alter table chains add column fork_number bigint;            -- last block in common with the new history; null when unknown
alter table chains add column history integer not null default 0; -- how often an operator accepted a new history

-- The final event that a message was planned from; null when it came from the state at the head.
alter table messages add column origin_chain text;
alter table messages add column origin_block bigint;
alter table messages add column origin_hash text;
create index messages_by_origin on messages (origin_chain, origin_block) where origin_chain is not null;
