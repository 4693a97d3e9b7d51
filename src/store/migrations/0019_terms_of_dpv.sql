-- Purpose and legal basis of a disclosure in the terms of the W3C Data Privacy Vocabulary, as they were when it was made: dpv:LegalCompliance, eu-gdpr:A6-1-c.
-- None in what was written down before.
alter table disclosure add column terms text[] not null default '{}';
