-- Roles plan up to cursors of their own (plans); what a chain's row said of it has been read for the last time by 0010.
alter table chains drop column planned_number;
