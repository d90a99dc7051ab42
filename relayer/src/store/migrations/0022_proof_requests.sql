-- Proofs that clients ask for with witnesses of their own.

-- Who asked: 'relayer' = a message of ours, whose witness is built from the chains; 'client' = see proof_witnesses.
alter table proofs add column source text not null default 'relayer';

-- One row whenever a client asks, kept for an hour at least: quotas count them.
create table proof_requests (
  id bigint generated always as identity primary key,
  key text not null,                    -- of the proof
  client text not null,                 -- keyed hash of the API key
  created_at bigint not null,
  expires_at bigint not null
);
create index proof_requests_by_key on proof_requests (key, id);
create index proof_requests_by_client on proof_requests (client, created_at);

-- Encrypted, and gone as soon as the proof is made, given up, cancelled or expired.
create table proof_witnesses (
  key text primary key,
  sealed text not null,                 -- AES-256-GCM: nonce, tag and ciphertext, base64
  created_at bigint not null
);
