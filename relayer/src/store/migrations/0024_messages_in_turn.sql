-- The next message is the one that is due first and, of several, the oldest: many are due at the same time.
drop index messages_due;
create index messages_due on messages (next_attempt_at, id) where state not in ('done', 'void', 'dead', 'skipped');
