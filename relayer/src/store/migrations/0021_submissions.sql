-- What users hand in: found by what they claim, and by what they did on chain.

create index messages_by_claim on messages using gin ((payload -> 'claims')) where kind = 'submission';
create index events_by_topic1 on events (chain, name, (topics ->> 1));
create index events_by_topic2 on events (chain, name, (topics ->> 2));
