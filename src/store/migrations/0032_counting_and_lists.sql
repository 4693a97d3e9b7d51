-- What is done with is counted from a few megabytes instead of from every delivery with all that it holds.
create index delivery_settled on delivery (partner_id, state) where state in ('accepted', 'refused', 'superseded', 'discarded');
-- A page of a small agency's or an employer's records is found by whose they are, not among everybody's.
create index subject_agency on subject (kind, agency, updated_at, id) where agency is not null;
create index subject_employer on subject (kind, employer, updated_at, id) where employer is not null;
