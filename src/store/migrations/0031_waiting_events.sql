-- An event that is early, or corrects what is not there, counts for nothing yet: whoever told it must be able to see that.
-- Filled with the next version of a record; what waited before this migration is named once its record changes.

alter table subject add column waiting uuid[] not null default '{}';
