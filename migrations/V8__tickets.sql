-- Tickets, with which a page that can send no headers opens one connection. Only their hashes are kept. What a crash or a
-- failover takes of them, clients ask for again.

CREATE UNLOGGED TABLE tickets (
    hash             bytea       PRIMARY KEY,
    expires_at       timestamptz NOT NULL,
    key_id           text        COLLATE "C" REFERENCES api_keys ON DELETE CASCADE,
    subject          text        NOT NULL,
    grants           jsonb,
    credential_until timestamptz
);

COMMENT ON COLUMN tickets.hash             IS 'SHA-256 of the ticket, which has 256 random bits.';
COMMENT ON COLUMN tickets.key_id           IS 'The API key that it was made with; null for any other credential.';
COMMENT ON COLUMN tickets.subject          IS 'Who made it.';
COMMENT ON COLUMN tickets.grants           IS 'What the credential allows; null for an API key, which has them itself.';
COMMENT ON COLUMN tickets.credential_until IS 'When the credential ends; null for never, and for an API key.';


-- Keeps a ticket for as long as is said, unless its owner or all together have as many as there may be: then false.
-- Transactions at the same time don't count each other's.
CREATE FUNCTION create_ticket(
    ticket_hash bytea, life interval, of_key text, of_subject text, with_grants jsonb, until timestamptz,
    max_of_owner int, max_in_all int
) RETURNS boolean
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    of_owner int;
    in_all   int;
BEGIN
    DELETE FROM tickets WHERE hash IN (
        SELECT t.hash FROM tickets t WHERE t.expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED);
    SELECT count(*) FILTER (WHERE t.subject = of_subject AND t.key_id IS NOT DISTINCT FROM of_key), count(*)
    INTO of_owner, in_all FROM tickets t;
    IF of_owner >= max_of_owner OR in_all >= max_in_all THEN
        RETURN false;
    END IF;
    INSERT INTO tickets (hash, expires_at, key_id, subject, grants, credential_until)
    VALUES (ticket_hash, clock_timestamp() + life, of_key, of_subject, with_grants, until);
    RETURN true;
END
$$;


-- Gives out what a ticket was made with, once: of those who ask at the same time to one. No row when it is none, or too old.
CREATE FUNCTION take_ticket(ticket_hash bytea)
    RETURNS TABLE (key_id text, subject text, grants jsonb, credential_until timestamptz)
    LANGUAGE sql VOLATILE AS
$$
    DELETE FROM tickets t WHERE t.hash = ticket_hash AND t.expires_at > clock_timestamp()
    RETURNING t.key_id, t.subject, t.grants, t.credential_until
$$;
