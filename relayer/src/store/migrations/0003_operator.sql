-- What an operator asks for: the story of a message, and messages that they decided against.

-- One row whenever the state of a message changes, or an operator does something about it.
create table message_history (
  id bigint generated always as identity primary key,
  message_id bigint not null references messages (id) on delete cascade,
  at bigint not null,
  state text not null,
  attempts integer not null,
  transaction_id bigint,                -- the transaction the message waited for in this state
  note text                             -- why it waits, what went wrong, or who did it
);
create index message_history_by_message on message_history (message_id, id);

-- 'skipped' is final too.
drop index messages_due;
create index messages_due on messages (next_attempt_at) where state not in ('done', 'void', 'dead', 'skipped');
