-- When the last of the certificates ends by which a client is known: it is let in by none afterwards, and somebody must know before.
-- Of those registered before this migration it is unknown until they are told again (jisr clients require-certificate).

alter table client add column certificates_end timestamptz;
