-- What the operator's HTTP interface asks for, cheap however much has been done already.

create index messages_left on messages (kind, state, created_at) where state not in ('done', 'void');
create index messages_by_transaction on messages ((progress ->> 'transactionId'));
create index transactions_by_hash on transactions using gin (jsonb_path_query_array(variants, '$[*].hash'));
create index proofs_left on proofs (circuit, state, created_at) where state in ('queued', 'failed');
create index proofs_by_change on proofs (updated_at);
