-- Since when a delivery does not move by itself: parked, dead, held, or of unknown fate (kept while it is asked about). Null while it moves.
alter table delivery add column stopped_at timestamptz;
update delivery set stopped_at = coalesce(dispatched_at, created_at) where state in ('parked', 'dead', 'held', 'unknown');
