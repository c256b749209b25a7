-- Who may do what: API keys, of which only hashes are kept.

CREATE TABLE api_keys (
    id           text        COLLATE "C" PRIMARY KEY,
    hash         bytea       NOT NULL,
    name         text        NOT NULL,
    grants       jsonb       NOT NULL,
    source       text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz,
    last_used_at timestamptz
);

COMMENT ON COLUMN api_keys.hash         IS 'SHA-256 of the whole key, which has 256 random bits.';
COMMENT ON COLUMN api_keys.grants       IS '[{"actions":[…],"event_names":[…]}]';
COMMENT ON COLUMN api_keys.source       IS 'What its events have as their source; null for any.';
COMMENT ON COLUMN api_keys.last_used_at IS 'To the minute.';


-- Removes an API key; false when there is none. Replicas hear of it at once, on the channel of the log, where those that
-- don't know this notification ignore it.
CREATE FUNCTION delete_api_key(key_id text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    DELETE FROM api_keys k WHERE k.id = key_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM pg_notify('eventhandler', 'keys');
    RETURN true;
END
$$;


-- Says that an API key is in use, at most once a minute.
CREATE FUNCTION use_api_key(key_id text) RETURNS void
    LANGUAGE sql VOLATILE AS
$$
    UPDATE api_keys SET last_used_at = clock_timestamp()
    WHERE id = key_id AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')
$$;

