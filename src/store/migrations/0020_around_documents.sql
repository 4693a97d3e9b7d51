-- What a received message had around its document, a signature above all, sealed under a key of all its rows together: with one of them it is gone.

alter table document add column around bytea;
