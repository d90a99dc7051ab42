-- The next message is the one that is due first and, of several, the oldest: many are due at the same time.
drop index messages_due;
create index messages_due on messages (next_attempt_at, id) where state not in ('done', 'void', 'dead', 'skipped');

-- Nothing is looked for by these, and what they hold is long: without them statistics of messages take a quarter of the time.
alter table messages alter column payload set statistics 0;
alter table messages alter column progress set statistics 0;
alter table messages alter column last_error set statistics 0;
alter table messages alter column waiting_for set statistics 0;
alter table transactions alter column data set statistics 0;
alter table transactions alter column variants set statistics 0;
alter table events alter column data set statistics 0;
alter table events alter column topics set statistics 0;
